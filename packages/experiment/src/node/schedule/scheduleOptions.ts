import { availableParallelism } from 'node:os'
import { type ValueType, integer, option, text } from '@spikeward/core'
import { parseShard } from '@spikeward/distributed'
import type { Io } from '../../io/io.js'
import { type FlagsOf, placed } from '../../config/settings/dataSettings.js'

/** The environment variable that keeps the password out of command lines; `queueAddressOf` reads it. */
const PASSWORD = 'SPIKEWARD_QUEUE_PASSWORD'

/**
 * Flags of the server of a queue.
 *
 * @param what what the server is for the command
 */
export const queueFlags = (what: string) => ({
  queue: placed(
    '<url>',
    text({
      computed: 'none',
      help: `${what}; redis://host:6379, or rediss://user@host:6379 with TLS; the password in ${PASSWORD}`,
    }),
  ),
  queueCa: placed(
    '<file>',
    text({
      computed: 'those of Node',
      help: "certificate of the server's authority; the one that signed its certificate (PEM)",
    }),
  ),
  queueCert: placed(
    '<file>',
    text({ computed: 'none', help: 'certificate of this process; for a server that asks for one (PEM)' }),
  ),
  queueKey: placed('<file>', text({ computed: 'none', help: 'its private key (PEM)' })),
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
  shard: placed(
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

/** The threads of a trial: one, so that many trials share the cores, unless the user or a caller in this process says otherwise. */
export const threadsOf = (given: number | undefined, { program }: Io): number | undefined =>
  given ?? (program === undefined ? undefined : 1)

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
