/** Where the cells of the accuracy benchmark are trained. */
import { availableParallelism } from 'node:os'
import { type Command, InvalidArgumentError } from 'commander'
import { SpikewardError } from '@spikeward/core'
import { type Scheduler, inProcess, parseShard, shard } from '@spikeward/distributed'
import { type Source, sourceOf } from '@spikeward/train/node'
import type { QueueAddressOptions } from '@spikeward/queue'
import { type Io, checkoutRoot } from '../io.js'
import { ownVersion } from '../run/run.js'
import { count } from '../argumentParsers.js'
import { type Cell, type Outcome, type TrainedRun, cellId, outcomeOfRun, trainArguments, trainCell } from './cell.js'

export type PlaceOptions = QueueAddressOptions & {
  readonly shard?: readonly [number, number]
  readonly atOnce?: number
}

/** Reads `2/8`. */
function shardOption(text: string): readonly [number, number] {
  const part = parseShard(text)
  if (part !== null) return part
  throw new InvalidArgumentError(`"${text}"; write 1/8 to 8/8 for eight processes.`)
}

export const withPlaceOptions = (command: Command): Command =>
  command
    .option(
      '--queue <url>',
      'train on the workers of `spikeward worker --queue <url>`; the password in SPIKEWARD_QUEUE_PASSWORD',
    )
    .option('--queue-ca <file>', 'certificate of the authority that signed the certificate of the server (PEM)')
    .option('--queue-cert <file>', 'certificate of this process (PEM)')
    .option('--queue-key <file>', 'its private key (PEM)')
    .option('--shard <i/n>', 'train a part of the cells, in one of n processes that share --out', shardOption)
    .option(
      '--at-once <n>',
      'trainings at the same time (default: as many as cores; with --seconds one, since times are compared)',
      count,
    )

export type Place = {
  readonly scheduler: Scheduler
  train(cell: Cell): Promise<Outcome>
  close(): Promise<void>
}

export async function openPlace(
  options: PlaceOptions & { readonly threads: number; readonly seconds?: number },
  program: string,
  io: Io,
  sources: () => Source = () => sourceOf(checkoutRoot, ['docs']),
): Promise<Place> {
  const { threads, seconds, shard: part } = options
  if (options.queue === undefined) {
    const cores = Math.max(1, Math.floor(availableParallelism() / threads))
    const all = inProcess({ atOnce: options.atOnce ?? (seconds === undefined ? cores : 1) })
    return {
      scheduler: part === undefined ? all : shard(...part, all),
      train: (cell) => trainCell(program, cell),
      close: () => Promise.resolve(),
    }
  }
  const { commit, dirty } = sources()
  if (dirty)
    throw new SpikewardError(
      'BENCH_DIRTY',
      'sources differ from the commit, so workers could have others; commit first',
    )
  const { openQueue, queueAddressOf, queueNameOf } = await import('@spikeward/queue')
  const name = queueNameOf({ version: ownVersion(), commit, changes: null })
  const queue = await openQueue(queueAddressOf(options), { name, notify: (message) => io.err(`Note: ${message}\n`) })
  return {
    scheduler: inProcess({ atOnce: Infinity }),
    async train(cell) {
      const [, ...args] = trainArguments(cell)
      const work = { task: 'train', input: { args } }
      const local = (): Promise<TrainedRun> => Promise.reject(new Error('cells of a queue are trained by its workers'))
      const [run] = await queue.run<TrainedRun>([{ id: cellId(cell), label: cellId(cell), work, run: local }])
      return outcomeOfRun(run!, cell.options)
    },
    close: () => queue.close(),
  }
}
