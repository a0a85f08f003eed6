import type { Backend } from '@spikeward/core'

/**
 * The backend of a run that names none: `cpu` on one thread. It is the fastest one that runs everywhere and reads at once. One
 * thread holds nothing that must be ended: the memory is freed with the last tensor of the run.
 *
 * It is loaded when it is needed, so that a page that gives a backend of its own loads no other.
 *
 * @throws (rejects) SIMD_UNAVAILABLE
 */
export async function defaultBackend(): Promise<Backend> {
  const { cpu } = await import('@spikeward/backend-cpu')
  return cpu({ threads: 1 })
}
