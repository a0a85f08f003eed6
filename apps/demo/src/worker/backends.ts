import type { Backend } from '@spikeward/core'
import type { Place } from '../protocol.js'
import { make } from './catalogue.js'
import { faultOf } from './faultOf.js'

/** Threads of a page's backend: one core is left to the page itself. */
const MOST_THREADS = 8

/** Opens a backend. The script of its threads lies beside this one: the page's policy forbids scripts from Blobs. */
export async function openNamed(name: string, threads: number): Promise<Backend> {
  const given = { threads, workerUrl: new URL('cpu-worker.js', self.location.href) }
  // Every factory of this kind gives back a backend.
  return (await make('backend', name, {}, given)) as Backend
}

/** Opens the backend that was asked for; where it is not to be had, the cpu, and says why. */
export async function openBackend(name: string): Promise<{ readonly backend: Backend; readonly place: Place }> {
  const spare = Math.max(1, Math.min(MOST_THREADS, navigator.hardwareConcurrency - 1))
  const onCpu = async (reason: string | null) => {
    const backend = await openNamed('cpu', spare)
    const alone = self.crossOriginIsolated
      ? null
      : 'The page is served without cross-origin isolation, so that memory cannot be shared: one thread.'
    const note = [reason, alone].filter((part) => part !== null).join(' ')
    const { threads } = backend.capabilities
    return { backend, place: { backend: backend.name, threads, note: note === '' ? null : note } }
  }
  if (name === 'cpu') return onCpu(null)
  try {
    const backend = await openNamed(name, spare)
    return { backend, place: { backend: backend.name, threads: 1, note: null } }
  } catch (error) {
    return onCpu(`WebGPU is not to be had, so that the cpu trains: ${faultOf(error).message}.`)
  }
}
