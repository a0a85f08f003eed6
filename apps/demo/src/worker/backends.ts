import { type FastestOptions, fastest } from '@spikeward/backend-auto'
import { type Backend, SpikewardError, construct, onlyDeclared } from '@spikeward/core'
import type { Place } from '../protocol.js'
import { AUTO } from '../settings/settings.js'
import { backendFactories } from './catalogue.js'

/** Threads of a page's backend: one core is left to the page itself. */
const MAX_THREADS = 8

/**
 * Options of a backend. The script of its threads lies beside this one: the page's policy forbids scripts from Blobs.
 */
const optionsFor = (threads: number) => ({ threads, workerUrl: new URL('cpu-worker.js', self.location.href) })

/** Opens a backend by its name. */
export async function startBackend(name: string, threads: number): Promise<Backend> {
  const factory = backendFactories.find(({ declaration: d }) => d.name === name || d.aliases.includes(name))
  if (factory === undefined)
    throw new SpikewardError('UNKNOWN_NAME', `no backend is called "${name}"; choose one in the settings`)
  // Every factory of this kind returns a backend.
  return (await construct(factory, onlyDeclared(factory, optionsFor(threads)))) as Backend
}

/**
 * Opens the requested backend, or the fastest.
 *
 * @param how how `auto` measures
 * @throws those of the backend: one that is named is never replaced
 */
export async function openBackend(
  name: string,
  how: Pick<FastestOptions, 'trial' | 'memory' | 'workload'>,
): Promise<{ readonly backend: Backend; readonly place: Place }> {
  const spare = Math.max(1, Math.min(MAX_THREADS, navigator.hardwareConcurrency - 1))
  const chosen = name === AUTO ? await fastest(backendFactories, { ...how, given: optionsFor(spare) }) : null
  const backend = chosen?.backend ?? (await startBackend(name, spare))
  const { threads } = backend.capabilities
  const alone =
    backend.name !== 'cpu' || self.crossOriginIsolated
      ? null
      : 'The page is served without cross-origin isolation, so that memory cannot be shared: one thread.'
  const reason = chosen === null ? null : `Fastest here: ${chosen.reason}.`
  const note = [reason, alone].filter((part) => part !== null).join(' ')
  return { backend, place: { backend: backend.name, threads, note: note === '' ? null : note } }
}
