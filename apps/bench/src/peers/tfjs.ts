import { peerScript } from '../paths.js'
import { startPeer } from './peer.js'
import type { PeerEntry } from './peer.js'

/**
 * TensorFlow.js on its plain JavaScript backend, which runs in Node without a native library, with one thread; compared
 * with our webgpu backend, on its WebGPU backend.
 */
export const tfjs: PeerEntry = {
  about: 'TensorFlow.js, in plain JavaScript or on WebGPU',
  install: { npm: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu', '@tensorflow/tfjs-backend-webgpu'] },
  start: (task, specification) =>
    startPeer({
      name: 'tfjs',
      command: process.execPath,
      args: [peerScript(`tfjs_${task}.mjs`), specification],
      env: process.env,
    }),
}
