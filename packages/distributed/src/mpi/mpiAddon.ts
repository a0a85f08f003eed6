import { fileURLToPath } from 'node:url'
import { SpikewardError } from '@spikeward/core'
import { findAddon } from '@spikeward/core/node'

/** The exports of the addon (native/mpi.cpp). */
export interface Addon {
  /** Joins MPI_COMM_WORLD, once for a process. */
  init(): { readonly rank: number; readonly size: number; readonly library: string }
  /** Starts a collective on bytes; returns its number. */
  start(operation: 'gather' | 'exchange' | 'broadcast', from: Uint8Array, to: Uint8Array, root: number): number
  /** Whether a collective is done; polls for that number of microseconds. */
  test(id: number, microseconds: number): boolean
  finalize(): void
  /** Ends every rank of the job. */
  abort(code: number): void
  readonly version: number
}

/** The version of the addon's interface that this package uses. */
const INTERFACE = 1

const root = new URL('../', import.meta.url)
/** Files of this package: from dist its folder is one level up, from src/mpi two. */
const inPackage = (path: string): string[] =>
  [new URL(path, root), new URL(`../${path}`, root)].map((url) => fileURLToPath(url))

/**
 * Where the addon is searched for: only the file that `SPIKEWARD_MPI` names or, if that is not set, the one compiled
 * here.
 */
const places = (): string[] =>
  process.env['SPIKEWARD_MPI'] ? [process.env['SPIKEWARD_MPI']] : inPackage('build/mpi.node')

/**
 * Settings of UCX, a library that Open MPI loads, without which it is not safe in a process of Node. UCX reads them
 * when it is loaded, before any call of MPI.
 *
 * - `UCX_MEM_EVENTS`: to observe memory, UCX overwrites the first instructions of `mmap`, `munmap`, `brk` and others
 *   while the threads of V8 call them, and tests this by moving the end of the heap up and back (`brk`). Memory that
 *   another thread obtained in between is then lost, and the process ends later with a segmentation fault. It would
 *   serve the registration of memory with a network card.
 * - `UCX_HANDLE_ERRORS`: UCX replaces V8's handler of segmentation faults, which turns an access of WebAssembly outside
 *   its memory into an exception. Without it, such an access ends the process.
 */
const safeSettings = { UCX_MEM_EVENTS: 'no', UCX_HANDLE_ERRORS: 'none' }

/**
 * Loads the addon, with {@link safeSettings} unless the environment sets these variables.
 *
 * @throws MPI_UNAVAILABLE if it was not compiled or cannot be loaded; the message states what to install
 */
export function loadAddon(): Addon {
  const path = process.env['SPIKEWARD_MPI']
  for (const [name, value] of Object.entries(safeSettings)) process.env[name] ??= value
  const search = findAddon<Addon>({
    paths: places(),
    version: INTERFACE,
    outcomes: path ? [] : inPackage('build/outcome.txt'),
    never: path ? `SPIKEWARD_MPI names ${path}, and there is no such file` : 'its binding was not compiled',
  })
  if ('addon' in search) return search.addon
  throw new SpikewardError(
    'MPI_UNAVAILABLE',
    `Open MPI cannot be used on this machine: ${search.reasons.join('; ')}; apt-get install openmpi-bin libopenmpi-dev pkg-config g++, ` +
      'then run scripts/build-mpi.mjs of @spikeward/distributed; or run one process without mpirun',
  )
}
