import type { Backend } from '@spikeward/core'

/**
 * The backend of a run that names none: `cpu` on one thread. Of the backends that run everywhere and read results
 * synchronously, it is the fastest. One thread needs no clean-up: its memory is freed with the last tensor of the run.
 *
 * It is imported on demand, so that a page that passes its own backend loads no other.
 *
 * @throws (rejects) SIMD_UNAVAILABLE
 */
export async function defaultBackend(): Promise<Backend> {
  const { cpu } = await import('@spikeward/backend-cpu')
  return cpu({ threads: 1 })
}
