import { availableParallelism, cpus } from 'node:os'
import { type Launcher, agree, shareOver, single, threadsPerRank, watched } from '@spikeward/distributed'
import { type Backend, type Communicator, type ShareOut, SpikewardError, firstError } from '@spikeward/core'
import { checkFiles, filesFact } from '../inputs/digests.js'
import { type BackendOrder, type DataOrder, type Job, receiveJob, sendJob } from '../../ranks/job.js'
import type { TrainConfig } from '../../config/trainConfig.js'
import { openBackend } from '../../catalogue/make.js'
import type { Io } from '../../io/io.js'
import { makeProblem } from '../../catalogue/kinds/problems.js'
import { buildParts, trainingEvents } from '../../run/buildParts.js'
import { type ExitCode, exitCodes } from '../../usage/usageError.js'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import description from '../../../package.json' with { type: 'json' }
import { sha256Of } from '@spikeward/core/node'

/** Rank 0 of several: it runs the command, writes all files, and distributes the work to the others. */
export type Leader = {
  readonly size: number
  readonly threads: number
  /** Makes sure that all ranks run the same program. */
  greet(args: readonly string[]): Promise<void>
  /** Solves for the functions of a set on all ranks, until a run has begun; then here. */
  shareData(order: DataOrder): ShareOut
  /**
   * Opens the backend of the settings on all ranks, and makes sure that it is the same, and the content of all files
   * that the run reads.
   */
  compareBackends(config: TrainConfig, backend: Backend): Promise<void>
  /** Begins a run on all ranks; returns the communicator of its steps. */
  begin(job: Job): Promise<Communicator>
  /** Ends the other ranks: when their part is done, or at once where the command failed in between. */
  end(error: unknown): Promise<void>
}

/** Errors that every rank meets at the same place: rank 0 reports them, and the others end cleanly. */
const shared: ReadonlySet<string> = new Set(['NON_FINITE_LOSS', 'RANKS_DIFFER'])

export const isShared = (error: unknown): boolean => error instanceof SpikewardError && shared.has(error.code)

/** The part of rank 0. */
export function leaderOf({ communicator, threads }: Ranks): Leader {
  let waiting = false
  return {
    size: communicator.size,
    threads,
    async greet(args) {
      await agree(communicator, startFacts(args))
      waiting = true
    },
    shareData: (order) => async (count, part) => {
      if (!waiting) return shareOver(single())(count, part)
      await sendJob(communicator, order)
      return shareOver(communicator)(count, part)
    },
    async compareBackends(config, backend) {
      waiting = false
      await sendJob(communicator, { config, compare: 'backend' })
      await agree(communicator, { ...backendFacts(backend), ...(await filesFact(config)) })
      waiting = true
    },
    async begin(job) {
      waiting = false
      await sendJob(communicator, job)
      return watched(communicator, job.timeout)
    },
    async end(error) {
      if (waiting) await sendJob(communicator, null)
      else if (error !== null && !isShared(error)) return communicator.abort()
      await communicator.close()
    },
  }
}

export type Ranks = { readonly communicator: Communicator; readonly threads: number }

/**
 * Joins the ranks that a launcher started beside this process.
 *
 * @throws MPI_UNAVAILABLE, LAUNCHER_WITHOUT_MPI
 */
export async function openRanks(launcher: Launcher): Promise<Ranks> {
  const { mpi } = await import('@spikeward/distributed/mpi')
  // Ranks wait long for the data of a run, which rank 0 makes; the steps of a run have a limit of their own.
  const communicator = mpi({ timeoutSeconds: Infinity })
  return { communicator, threads: threadsPerRank(launcher, { cores: cpus().length, allowed: availableParallelism() }) }
}

/**
 * The part of every rank but the first: takes the steps of the run that rank 0 begins, and writes nothing but an error
 * of its own, which ends the whole job.
 */
export async function follow({ communicator, threads }: Ranks, args: readonly string[], io: Io): Promise<ExitCode> {
  const quiet = { io: { ...io, out: () => undefined, err: () => undefined }, quiet: true }
  try {
    await agree(communicator, startFacts(args))
    const compared = await helpWithData(communicator)
    if (compared !== null && 'compare' in compared) {
      const { backend: name, threads: own } = compared.config
      await using backend = await openBackend(name, own ?? threads)
      await agree(communicator, { ...backendFacts(backend), ...(await filesFact(compared.config)) })
      const job = await helpWithData(communicator)
      if (job !== null && 'timeout' in job) await takeSteps(job, backend)
    }
    await communicator.close()
    return exitCodes.done
  } catch (thrown) {
    const error = firstError(thrown)
    if (isShared(error)) {
      await communicator.close()
      return exitCodes.failed
    }
    io.err(`error: rank ${communicator.rank}: ${error instanceof Error ? error.message : String(error)}\n`)
    communicator.abort()
    return exitCodes.failed
  }

  async function takeSteps({ config, resume, timeout }: Job, backend: Backend): Promise<void> {
    const parts = await buildParts(config, quiet)
    const { events, stop } = trainingEvents({
      config,
      parts,
      backend,
      resume,
      communicator: watched(communicator, timeout),
    })
    const stopListening = io.onInterrupt(stop)
    for await (const event of events) if (event.type === 'end') break
    stopListening()
  }
}

async function helpWithData(communicator: Communicator): Promise<Job | BackendOrder | null> {
  for (;;) {
    const order = await receiveJob(communicator)
    if (order === null || !('split' in order)) return order
    await checkFiles(order.config)
    const { problem: name, problemOptions, dataKey } = order.config
    const problem = await makeProblem(name, problemOptions, dataKey)
    if (problem.kind === 'operator') await problem.data(order.split, { share: shareOver(communicator) })
  }
}

const digestOfFile = (path: string): string => sha256Of([readFileSync(path)]).slice(0, 16)

const packages = [description.name, ...Object.keys(description.peerDependencies)]

/**
 * The code that runs: this program and the packages that it imports, of which the entry names the other files by their
 * contents.
 */
export function buildIdentity(): string {
  const files = [process.argv[1] ?? '']
  for (const name of packages) {
    try {
      files.push(fileURLToPath(import.meta.resolve(name)))
    } catch {
      // Bundled into this program, or not installed.
    }
  }
  const digests = files.filter((file) => existsSync(file)).map(digestOfFile)
  return `${description.version} ${sha256Of([digests.join(' ')]).slice(0, 12)}`
}

/** The file of an addon: the one that a variable of the environment names, else one of this name. */
type AddonFile = { readonly name: string; readonly variable?: string }

const mpiAddon: AddonFile = { name: 'mpi.node', variable: 'SPIKEWARD_MPI' }

/** The addons of backends; others have none, or come from a plug-in. */
const backendAddons: Readonly<Record<string, AddonFile>> = {
  native: { name: 'spikeward.node', variable: 'SPIKEWARD_NATIVE' },
  webgpu: { name: 'dawn.node' },
}

/**
 * An addon that this process has loaded, by its contents: each machine may have compiled its own. Only the addons that
 * a job needs are compared, because rank 0 loads others to find the fastest backend.
 */
function digestOf(addon: AddonFile | undefined): string {
  if (addon === undefined) return 'none'
  const { name, variable } = addon
  const addonPath = variable === undefined ? '' : (process.env[variable] ?? '')
  // The keys of the cache have no symbolic links.
  const file = existsSync(addonPath) ? realpathSync(addonPath) : null
  const isIt = (path: string): boolean => (file === null ? basename(path) === name : path === file)
  return (
    Object.keys(createRequire(import.meta.url).cache)
      .filter(isIt)
      .map(digestOfFile)
      .sort()
      .join(', ') || 'none'
  )
}

/** The facts in which all ranks of a job must agree before they start. */
export const startFacts = (args: readonly string[]): Readonly<Record<string, string>> => ({
  build: buildIdentity(),
  'version of Node': process.version,
  'compiled addon of Open MPI': digestOf(mpiAddon),
  // An address of a queue may contain a password.
  'command line': args.join(' ').replaceAll(/\/\/[^/@\s]*@/g, '//…@'),
})

/** The facts that must be equal for the backends of all ranks, or their bits would differ. */
export const backendFacts = ({ name, capabilities }: Backend): Readonly<Record<string, string>> => ({
  backend: name,
  'compiled addon': digestOf(backendAddons[name]),
  'instruction set': capabilities.features.join(' '),
})
