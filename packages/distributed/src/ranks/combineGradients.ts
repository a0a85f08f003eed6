import type { CallOptions, Communicator } from '@spikeward/core'
import { HEAD } from './measures.js'
import { type Cut, cellsOf, lengthOf } from './partition.js'
import { type Addends, markHandled, reduceShares } from './reduceShares.js'
import { type Sums, sumLeaves } from './sumTree.js'

/**
 * The result of a step's reports, the same on all ranks: the mean over shares of the batch in parts, and whether any
 * rank requests to stop.
 */
export type Combined<T extends Sums> = { readonly numbers: readonly T[]; readonly stop: boolean }

/** The reports of this rank's cells, in parts that arrive one after another. */
export type Reports<T extends Sums> = {
  readonly parts: readonly Addends<T>[]
  /** An array of the reports' type, of zeros. */
  readonly make: new (
    length: number,
  ) => T
  /** Whether this rank requests to stop. */
  stopping(): boolean
}

/** x / n, rounded to the type of x. */
function meanOf<T extends Sums>(x: T, n: number): T {
  const mean = x.slice() as T
  if (n > 1) for (let i = 0; i < mean.length; i++) mean[i] = mean[i]! / n
  return mean
}

/**
 * Reports of all shares of directions on one share of the batch: the loss of one, the costs of all, the numbers one
 * after another.
 */
function joined<T extends Sums>(reports: readonly T[], make: new (length: number) => T): T {
  const [first] = reports as readonly [T]
  const each = first.length - HEAD
  const all = new make(HEAD + reports.length * each)
  all[0] = first[0]!
  for (const [i, report] of reports.entries()) {
    all[1] = all[1]! + report[1]!
    all.set(report.subarray(HEAD), HEAD + i * each)
  }
  return all
}

/**
 * Sends every report, a few numbers each in one part, to all ranks. Reports are in the order of cells; those of one
 * share of the batch are adjacent.
 */
export async function combineCoefficients<T extends Sums>(
  communicator: Communicator,
  cut: Cut,
  { parts, make, stopping }: Reports<T>,
): Promise<Combined<T>> {
  const { size } = communicator
  const { leaves, length: each } = parts[0]!
  const reports = await leaves
  const cells = cut.directions * cut.batch
  const lengths = Array.from({ length: size }, (_, rank) => lengthOf(cellsOf(rank, size, cells)))
  const message = new make(1 + Math.max(...lengths) * each)
  message[0] = stopping() ? 1 : 0
  reports.forEach((report, i) => message.set(report, 1 + i * each))
  const all = await communicator.allgather(message)
  const ofCells = all.flatMap((m, rank) =>
    Array.from({ length: lengths[rank]! }, (_, i) => m.subarray(1 + i * each, 1 + (i + 1) * each) as T),
  )
  const shares = Array.from({ length: cut.batch }, (_, b) =>
    joined(ofCells.slice(b * cut.directions, (b + 1) * cut.directions), make),
  )
  return { numbers: [meanOf(sumLeaves(shares), cut.batch)], stop: all.some(([flag]) => flag === 1) }
}

/**
 * Sums the reports of the shares of the batch, which hold a gradient each, over a fixed tree in chunks. A part is sent
 * as soon as the last cell of this rank has computed it.
 *
 * @param options `meanwhile`: the computation of the parts
 */
export async function combineGradients<T extends Sums>(
  communicator: Communicator,
  cut: Cut,
  { parts, make, stopping }: Reports<T>,
  options: CallOptions,
): Promise<Combined<T>> {
  await parts[0]!.leaves
  const flagged = markHandled(communicator.allgather(Uint8Array.of(stopping() ? 1 : 0), options))
  const sums = await reduceShares(communicator, cut.batch, parts, make, options)
  const flags = await flagged
  return { numbers: sums.map((sum) => meanOf(sum, cut.batch)), stop: flags.some(([flag]) => flag === 1) }
}
