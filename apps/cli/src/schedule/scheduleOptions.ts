import { availableParallelism } from 'node:os'
import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { parseShard } from '@spikeward/distributed'
import type { QueueAddressOptions } from '@spikeward/queue'
import type { Io } from '../io/io.js'
import { count } from '../usage/flagValues.js'

/** Options of the place where trials run. */
export type ScheduleOptions = QueueAddressOptions & {
  readonly shard?: readonly [number, number]
  readonly atOnce?: number
}

/** The environment variable that keeps the password out of command lines; `queueAddressOf` reads it. */
const PASSWORD = 'SPIKEWARD_QUEUE_PASSWORD'

/** Reads `2/8`. */
function shardOption(text: string): readonly [number, number] {
  const shard = parseShard(text)
  if (shard !== null) return shard
  throw new InvalidArgumentError(`"${text}"; write 1/8 to 8/8 for eight processes.`)
}

/** Options of the server of a queue. */
export const addQueueOptions = (command: Command, what: string): Command =>
  command
    .option(
      '--queue <url>',
      `${what}: redis://host:6379, or rediss://user@host:6379 with TLS; the password in ${PASSWORD}`,
    )
    .option('--queue-ca <file>', 'certificate of the authority that signed the certificate of the server (PEM)')
    .option('--queue-cert <file>', 'certificate of this process, for a server that asks for one (PEM)')
    .option('--queue-key <file>', 'its private key (PEM)')

/** Options of commands that run many trials. */
export function addScheduleOptions(command: Command, shared: string): Command {
  command.optionsGroup('Where trials run:')
  addQueueOptions(command, 'the workers of a queue, on any machine (see `spikeward worker`)')
  return command
    .option(
      '--shard <i/n>',
      `${shared}, in one of n processes that share the folder, such as tasks of a Slurm array`,
      shardOption,
    )
    .option(
      '--at-once <n>',
      'trials at the same time on this machine (default: as many as cores)',
      count('at-once', 4096),
    )
}

/** The options that say how a command computes and not what, removed from the others: nothing stores them. */
export function withoutSchedule<O extends ScheduleOptions>(
  options: O,
): Omit<O, 'queue' | 'queueCa' | 'queueCert' | 'queueKey' | 'shard' | 'atOnce'> {
  const { queue: _q, queueCa: _a, queueCert: _c, queueKey: _k, shard: _s, atOnce: _n, ...rest } = options
  return rest
}

/** The environment of processes that run trials: they do not need the password. */
export const trialEnvironment = (): NodeJS.ProcessEnv => ({ ...process.env, [PASSWORD]: undefined })

/** The threads of a trial: one, so that many trials share the cores, unless the user or a caller in this process says otherwise. */
export const threadsOf = (given: number | undefined, { program }: Io): number | undefined =>
  given ?? (program === undefined ? undefined : 1)

/** Trials at the same time, if the user does not say: as many as cores. One where trials run in this process, or on a GPU. */
export const atOnceOf = (
  { atOnce }: ScheduleOptions,
  { threads, backend }: { readonly threads?: number | undefined; readonly backend: string },
  { program }: Io,
): number =>
  atOnce ??
  (program === undefined || backend.startsWith('webgpu')
    ? 1
    : Math.max(1, Math.floor(availableParallelism() / (threads ?? 1))))

/** Tells which trials of other shards a search waits for, and how it continues. */
export const awaitedNote = (
  { shard = [1, 1] }: ScheduleOptions,
  { part, missing }: { readonly part: string; readonly missing: number },
  folder: string,
): string =>
  `Shard ${shard.join('/')}: its trials of ${part} are stored in ${folder}; ${missing} of other shards are not there yet. When all shards ` +
  'have ended, run the same command again: with --shard for the next part, without it for all the rest and the report.\n'

/** Tells that a shard has ended, and which command continues. */
export const shardNote = ({ shard = [1, 1] }: ScheduleOptions, rows: number, all: number, folder: string): string =>
  `Shard ${shard.join('/')}: ${rows} of ${all} rows are stored in ${folder}. When all shards have ended, the same ` +
  'command without --shard writes tables and figures.\n'
