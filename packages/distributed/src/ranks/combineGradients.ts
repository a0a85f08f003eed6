import type { Communicator } from '@spikeward/core'
import { HEAD } from './measures.js'
import { cellsOf, lengthOf } from './partition.js'
import type { Cut } from './partition.js'
import { reduceShares } from './reduceShares.js'
import { sumLeaves } from './sumTree.js'
import type { Sums } from './sumTree.js'

/**
 * The result of a step's reports, the same on all ranks: the mean over shares of the batch, and whether any rank
 * requests to stop.
 */
export type Combined<T extends Sums> = { readonly numbers: T; readonly stop: boolean }

const makerOf = <T extends Sums>(like: T): (new (length: number) => T) => like.constructor as new (length: number) => T

/** x / n, rounded to the type of x. */
function meanOf<T extends Sums>(x: T, n: number): T {
  const mean = x.slice() as T
  if (n > 1) for (let i = 0; i < mean.length; i++) mean[i] = mean[i]! / n
  return mean
}

/** Reports of all shares of directions on one share of the batch: the loss of one, the costs of all, the numbers one after another. */
function joined<T extends Sums>(reports: readonly T[]): T {
  const [first] = reports as readonly [T]
  const each = first.length - HEAD
  const all = new (makerOf(first))(HEAD + reports.length * each)
  all[0] = first[0]!
  for (const [i, report] of reports.entries()) {
    all[1] = all[1]! + report[1]!
    all.set(report.subarray(HEAD), HEAD + i * each)
  }
  return all
}

/**
 * Sends every report, a few numbers each, to all ranks. Reports are in the order of cells; those of one share of the
 * batch are adjacent.
 *
 * @param reports those of this rank's cells
 * @param like an array of a report's type and length, for ranks without a cell
 */
export async function combineCoefficients<T extends Sums>(
  communicator: Communicator,
  cut: Cut,
  reports: readonly T[],
  like: T,
  stopping: boolean,
): Promise<Combined<T>> {
  const { size } = communicator
  const cells = cut.directions * cut.batch
  const lengths = Array.from({ length: size }, (_, rank) => lengthOf(cellsOf(rank, size, cells)))
  const message = new (makerOf(like))(1 + Math.max(...lengths) * like.length)
  message[0] = stopping ? 1 : 0
  reports.forEach((report, i) => message.set(report, 1 + i * like.length))
  const all = await communicator.allgather(message)
  const each = all.flatMap((m, rank) =>
    Array.from({ length: lengths[rank]! }, (_, i) => m.subarray(1 + i * like.length, 1 + (i + 1) * like.length) as T),
  )
  const shares = Array.from({ length: cut.batch }, (_, b) =>
    joined(each.slice(b * cut.directions, (b + 1) * cut.directions)),
  )
  return { numbers: meanOf(sumLeaves(shares), cut.batch), stop: all.some(([flag]) => flag === 1) }
}

/** Sums the reports of the shares of the batch, which hold a gradient each, over a fixed tree in chunks. */
export async function combineGradients<T extends Sums>(
  communicator: Communicator,
  cut: Cut,
  reports: readonly T[],
  like: T,
  stopping: boolean,
): Promise<Combined<T>> {
  const flagged = communicator.allgather(Uint8Array.of(stopping ? 1 : 0))
  const [sum, flags] = await Promise.all([reduceShares(communicator, cut.batch, reports, like), flagged])
  return { numbers: meanOf(sum, cut.batch), stop: flags.some(([flag]) => flag === 1) }
}
