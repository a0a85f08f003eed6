import { referenceBackend } from '@spikeward/core'
import type { Backend } from '@spikeward/core'
import { cpu } from '@spikeward/backend-cpu'
import { native } from '@spikeward/backend-native'

/** Names of the backends that can be timed. */
export const backendNames = ['cpu', 'native', 'reference'] as const

/** Opens a backend with so many threads. */
export async function openBackend(name: (typeof backendNames)[number], threads: number): Promise<Backend> {
  switch (name) {
    case 'cpu':
      return cpu({ threads })
    case 'native':
      return native({ threads })
    case 'reference':
      return referenceBackend()
  }
}
