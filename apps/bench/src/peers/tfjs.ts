import { peerScript } from '../paths.js'
import { startPeer } from './peer.js'
import type { PeerEntry } from './peer.js'

/**
 * TensorFlow.js on its backend in plain JavaScript, the one that runs in Node without a native library, with one thread;
 * beside our webgpu on its WebGPU.
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
