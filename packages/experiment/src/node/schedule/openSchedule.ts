import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Tasks, processes } from '@spikeward/distributed/processes'
import { calibrate, performTrial } from '../../comparison/trial.js'
import { type ExitCode, asUsage, usageError } from '../../usage/usageError.js'
import type { Io } from '../../io/io.js'
import { SpikewardError } from '@spikeward/core'
import type * as QueuePackage from '@spikeward/queue'
import { buildIdentity } from '../ranks/facts.js'
import { provenance } from '../provenance.js'
import { type Scheduler, inProcess, shard } from '@spikeward/distributed'
import { type ScheduleOptions, atOnceOf, trialEnvironment } from './scheduleOptions.js'

export type Schedule = {
  /** Runs rows, which do nothing but wait for their trials, in this process. Null for a row of another shard. */
  readonly rows: Scheduler
  readonly trials: Scheduler
  close(): Promise<void>
}

/** The hidden command of processes that run trials. */
export const RUN_JOBS = 'run-jobs'

/**
 * Opens where trials run: in this process, in several processes of this machine, or on the workers of a queue.
 *
 * @param of threads and backend of a trial
 * @throws CLI_USAGE, QUEUE_NOT_INSTALLED; those of `openQueue`
 */
export async function openSchedule(
  options: ScheduleOptions,
  of: { readonly threads?: number | undefined; readonly backend: string },
  io: Io,
): Promise<Schedule> {
  const { queue, shard: part } = options
  if (queue !== undefined && part !== undefined)
    throw usageError('CLI_USAGE', '--queue and --shard; take one of them: workers of a queue share its trials out')
  const trials = await openTrialScheduler(options, of, io)
  // Rows wait for their trials, so all of them may be in progress, except where a trial blocks this process.
  const all = inProcess({ atOnce: trials.name === 'in process' ? 1 : Infinity })
  return { rows: part === undefined ? all : shard(...part, all), trials, close: () => trials.close() }
}

async function openTrialScheduler(
  options: ScheduleOptions,
  of: { readonly threads?: number | undefined; readonly backend: string },
  io: Io,
): Promise<Scheduler> {
  if (options.queue !== undefined) {
    const queue = await queueModule()
    const name = ownQueue(queue)
    return queue.openQueue(await asUsage(() => queue.queueAddressOf(options)), {
      name,
      notify: (message) => io.err(`Note: ${message}\n`),
    })
  }
  const atOnce = atOnceOf(options, of, io)
  if (io.program === undefined || atOnce === 1) return inProcess()
  return processes({ program: io.program, args: [RUN_JOBS], atOnce, env: trialEnvironment() })
}

/**
 * The queue package, which is installed only if a queue is used.
 *
 * @param load imports it
 * @throws QUEUE_NOT_INSTALLED
 */
export async function queueModule(
  load: () => Promise<typeof QueuePackage> = () => import('@spikeward/queue'),
): Promise<typeof QueuePackage> {
  try {
    return await load()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new SpikewardError(
      'QUEUE_NOT_INSTALLED',
      'a queue needs the package @spikeward/queue; npm install @spikeward/queue beside the command, here and on every machine with workers',
      { cause: error },
    )
  }
}

/** The name of this program's queue: trials go only to workers with the same sources. */
export function ownQueue({ queueNameOf }: typeof QueuePackage): string {
  const { versions, commit, dirty } = provenance()
  const changes = dirty ? (buildIdentity().split(' ')[1] ?? '') : null
  return queueNameOf({ version: versions['spikeward'] ?? '', commit, changes })
}

/** Runs the command line, for the task that trains. */
export type RunCommand = (args: readonly string[], io: Io) => Promise<ExitCode>

export type TrainedCommand = {
  readonly code: ExitCode
  /** Its output, with `--json`. */
  readonly out: string
  readonly err: string
  /** The contents of metrics.jsonl, empty if there are none. */
  readonly metrics: string
}

/** Loaded by the first task: most commands have none, and the checks bring a library of a hundred modules. */
const checks = async () => (await import('../../schedule/checkInput.js')).checkInput

/** The tasks of a process that runs jobs of searches and suites. */
export function tasksOf(io: Io, run: RunCommand): Tasks {
  const how = { io, quiet: true }
  const never = new AbortController().signal
  return {
    trial: async (input: unknown) => performTrial((await checks()).trial(input), how, never),
    async pace(input: unknown) {
      const { config, seconds } = (await checks()).pace(input)
      return calibrate(config, seconds, io)
    },
    train: async (input: unknown) => trainedRun((await checks()).train(input).args, io, run),
  }
}

async function trainedRun(args: readonly string[], io: Io, run: RunCommand): Promise<TrainedCommand> {
  const folder = await mkdtemp(join(tmpdir(), 'spikeward-job-'))
  await using _removed = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
  const place = join(folder, 'run')
  let [out, err] = ['', '']
  const code = await run(['train', ...args, '--out', place, '--json', '--quiet'], {
    ...io,
    out: (text) => (out += text),
    err: (text) => (err += text),
    errIsTerminal: false,
  })
  const metrics = await readFile(join(place, 'metrics.jsonl'), 'utf8').catch(() => '')
  return { code, out, err, metrics }
}
