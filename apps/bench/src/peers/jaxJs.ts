import { peerScript } from '../paths.js'
import { startPeer } from './peer.js'
import type { PeerEntry } from './peer.js'

/**
 * jax-js: on its WebAssembly backend in Node, which always has one thread; compared with our webgpu backend, on its own
 * WebGPU.
 */
export const jaxJs: PeerEntry = {
  about: 'jax-js under jit, WebAssembly or WebGPU',
  install: { npm: ['@jax-js/jax'] },
  start: (task, specification) =>
    startPeer({
      name: 'jax-js',
      command: process.execPath,
      args: [peerScript(`jax_js_${task}.mjs`), specification],
      env: process.env,
    }),
}
