import { referenceBackend } from '@spikeward/core'
import type { Backend } from '@spikeward/core'
import { cpu } from '@spikeward/backend-cpu'
import { native } from '@spikeward/backend-native'
import { webgpu } from '@spikeward/backend-webgpu'

/** Names of the backends that can be timed. */
export const backendNames = ['cpu', 'native', 'webgpu', 'reference'] as const

/** The name of a backend that can be timed. */
export type BackendName = (typeof backendNames)[number]

/** Opens a backend with `threads` threads; a GPU has its own. */
export async function openBackend(name: BackendName, threads: number): Promise<Backend> {
  switch (name) {
    case 'cpu':
      return cpu({ threads })
    case 'native':
      return native({ threads })
    case 'webgpu':
      // jax-js and TensorFlow.js request the same, so that all get the same adapter.
      return webgpu({ powerPreference: 'high-performance' })
    case 'reference':
      return referenceBackend()
  }
}

/** What runs the programs of a backend, by name: the adapter of a GPU, else the instruction sets in use. */
export const deviceOf = (backend: Backend): string =>
  'adapter' in backend && typeof backend.adapter === 'string'
    ? backend.adapter
    : backend.capabilities.features.join(', ')
