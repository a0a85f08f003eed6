import { cpu } from '@spikeward/backend-cpu'
import type { Backend } from '@spikeward/core'
import type { Place } from '../protocol.js'
import type { BackendName } from '../settings/settings.js'
import { faultOf } from './faultOf.js'

/** Threads of a page's backend: one core is left to the page itself. */
const MOST_THREADS = 8

/** The worker script of the cpu backend lies beside this one: the page's policy forbids scripts from Blobs. */
export const openCpu = (threads: number): Promise<Backend> =>
  cpu({ threads, workerUrl: new URL('cpu-worker.js', self.location.href) })

/** Opens the backend that was asked for; where it is not to be had, the cpu, and says why. */
export async function openBackend(name: BackendName): Promise<{ readonly backend: Backend; readonly place: Place }> {
  const spare = Math.max(1, Math.min(MOST_THREADS, navigator.hardwareConcurrency - 1))
  const onCpu = async (reason: string | null) => {
    const backend = await openCpu(spare)
    const alone = self.crossOriginIsolated
      ? null
      : 'The page is served without cross-origin isolation, so that memory cannot be shared: one thread.'
    const note = [reason, alone].filter((part) => part !== null).join(' ')
    const { threads } = backend.capabilities
    return { backend, place: { backend: backend.name, threads, note: note === '' ? null : note } }
  }
  if (name === 'cpu') return onCpu(null)
  try {
    // Fetched when it is asked for: most visits stay on the cpu.
    const { webgpu } = await import('@spikeward/backend-webgpu')
    const backend = await webgpu()
    return { backend, place: { backend: backend.name, threads: 1, note: null } }
  } catch (error) {
    return onCpu(`WebGPU is not to be had, so that the cpu trains: ${faultOf(error).message}.`)
  }
}
