import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Tasks, processes } from '@spikeward/distributed/processes'
import { calibrate, performTrial } from '../../comparison/trial.js'
import { type ExitCode, asUsage, usageError } from '../../usage/usageError.js'
import type { Io } from '../../io/io.js'
import { SpikewardError, type ValueType, integer, option, text } from '@spikeward/core'
import type * as QueuePackage from '@spikeward/queue'
import { buildIdentity } from '../ranks/ranks.js'
import { provenance } from '../provenance.js'
import { type Scheduler, inProcess, parseShard, shard } from '@spikeward/distributed'
import { type FlagsOf, metavar } from '../../config/settings/dataSettings.js'

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

/** A value, and the seconds of the work that made it, without a wait for its turn. */
export type Timed<T> = { readonly value: T; readonly took: number }

export async function timed<T>(work: () => Promise<T>): Promise<Timed<T>> {
  const begun = performance.now()
  const value = await work()
  return { value, took: (performance.now() - begun) / 1000 }
}

/** Loaded by the first task: most commands have none, and the checks bring a library of a hundred modules. */
const checks = async () => (await import('../../schedule/checkInput.js')).checkInput

/**
 * The tasks of a process that runs jobs of searches and suites. Results of trials and paces come with their seconds.
 */
export function tasksOf(io: Io, run: RunCommand): Tasks {
  const how = { io, quiet: true }
  const never = new AbortController().signal
  return {
    trial: (input: unknown) => timed(async () => performTrial((await checks()).trial(input), how, never)),
    pace: (input: unknown) =>
      timed(async () => {
        const { config, seconds } = (await checks()).pace(input)
        return calibrate(config, seconds, io)
      }),
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

/** The environment variable that keeps the password out of command lines; `queueAddressOf` reads it. */
const PASSWORD = 'SPIKEWARD_QUEUE_PASSWORD'

/**
 * Flags of the server of a queue.
 *
 * @param what what the server is for the command
 */
export const queueFlags = (what: string) => ({
  queue: metavar(
    '<url>',
    text({
      computed: 'none',
      help: `${what}; redis://host:6379, or rediss://user@host:6379 with TLS; the password in ${PASSWORD}`,
    }),
  ),
  queueCa: metavar(
    '<file>',
    text({
      computed: 'those of Node',
      help: "certificate of the server's authority; the one that signed its certificate (PEM)",
    }),
  ),
  queueCert: metavar(
    '<file>',
    text({ computed: 'none', help: 'certificate of this process; for a server that asks for one (PEM)' }),
  ),
  queueKey: metavar('<file>', text({ computed: 'none', help: 'its private key (PEM)' })),
})

/** `2/8`: the second of eight. */
const shardType: ValueType<readonly [number, number]> = {
  name: 'pair',
  expects: 'one of n, such as 1/8 to 8/8 for eight processes',
  accepts: (x): x is readonly [number, number] => Array.isArray(x) && x.length === 2,
  parse: (text) => parseShard(text) ?? undefined,
}

/** How many trials run at the same time. */
export const atOnceFlag = {
  atOnce: integer({ min: 1, max: 4096, computed: 'as many as cores', help: 'trials at the same time on this machine' }),
}

/**
 * Flags of commands that run many trials.
 *
 * @param shared help of `--shard`: the work of one shard
 */
export const scheduleFlags = (shared: string) => ({
  ...queueFlags('run trials on the workers of a queue; on any machine, see `spikeward worker`'),
  shard: metavar(
    '<i/n>',
    option(shardType, {
      computed: 'all',
      help: `${shared}; in one of n processes that share the folder, such as tasks of a Slurm array`,
    }),
  ),
  ...atOnceFlag,
})

/** Options of the place where trials run. */
export type ScheduleOptions = FlagsOf<ReturnType<typeof scheduleFlags>>

/** The options without those that only say where trials run: these are not stored. */
export function withoutSchedule<O extends ScheduleOptions>(
  options: O,
): Omit<O, 'queue' | 'queueCa' | 'queueCert' | 'queueKey' | 'shard' | 'atOnce'> {
  const { queue: _q, queueCa: _a, queueCert: _c, queueKey: _k, shard: _s, atOnce: _n, ...rest } = options
  return rest
}

/** The environment of processes that run trials: they do not need the password. */
export const trialEnvironment = (): NodeJS.ProcessEnv => ({ ...process.env, [PASSWORD]: undefined })

/**
 * The threads of a trial: one, so that many trials share the cores, unless the user or a caller in this process says
 * otherwise.
 */
export const threadsOf = (threads: number | undefined, { program }: Io): number | undefined =>
  threads ?? (program === undefined ? undefined : 1)

/** The number of trials at the same time. Default: as many as cores; one if trials run in this process or on a GPU. */
export const atOnceOf = (
  { atOnce }: ScheduleOptions,
  { threads, backend }: { readonly threads?: number | undefined; readonly backend: string },
  { program }: Io,
): number =>
  atOnce ??
  (program === undefined || backend.startsWith('webgpu')
    ? 1
    : Math.max(1, Math.floor(availableParallelism() / (threads ?? 1))))

export const shardNote = ({ shard = [1, 1] }: ScheduleOptions, rows: number, all: number, folder: string): string =>
  `Shard ${shard.join('/')}: ${rows} of ${all} rows are stored in ${folder}. When all shards have ended, the same ` +
  'command without --shard writes tables and figures.\n'
