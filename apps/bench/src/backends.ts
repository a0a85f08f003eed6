import { referenceBackend } from '@spikeward/core'
import type { Backend } from '@spikeward/core'
import { cpu } from '@spikeward/backend-cpu'

/** Names of the backends that can be timed. */
export const backendNames = ['cpu', 'reference'] as const

/** Opens a backend with so many threads. */
export async function openBackend(name: (typeof backendNames)[number], threads: number): Promise<Backend> {
  switch (name) {
    case 'cpu':
      return cpu({ threads })
    case 'reference':
      return referenceBackend()
  }
}
