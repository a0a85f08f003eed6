import { peerScript } from '../paths.js'
import { startPeer } from './peer.js'
import type { PeerEntry } from './peer.js'

/** jax-js on its WebAssembly backend. In Node it has one thread, whatever is asked for. */
export const jaxJs: PeerEntry = {
  about: 'jax-js under jit, WebAssembly',
  install: { npm: ['@jax-js/jax'] },
  start: (specification) =>
    startPeer({
      name: 'jax-js',
      command: process.execPath,
      args: [peerScript('jax_js_step.mjs'), specification],
      env: process.env,
    }),
}
