import type { Tree } from '@spikeward/core'
import type { InParts } from './inParts.js'
import { held } from './reduceShares.js'
import type { Addends } from './reduceShares.js'
import type { Sums } from './sumTree.js'

/** Cells in evaluation. */
export type Evaluation = {
  /** The cells' reports in parts. A part arrives when the last cell has computed it. */
  readonly parts: readonly Addends<Sums>[]
  /** Settles when no cell computes any more; rejects with the failure of the first cell that failed. */
  readonly computed: Promise<unknown>
}

/** A promise that another function settles. */
function deferred<R>(): { readonly promise: Promise<R>; resolve(value: R): void; reject(reason: unknown): void } {
  let [resolve, reject]: [(value: R) => void, (reason: unknown) => void] = [() => undefined, () => undefined]
  const promise = new Promise<R>((kept, broken) => ([resolve, reject] = [kept, broken]))
  return { promise: held(promise), resolve, reject }
}

/**
 * Starts the evaluation of cells, one after another: a cell frees what it computed for itself before the next one starts.
 *
 * @param cells the arguments of each cell
 * @param lengths elements of each part of a report
 * @param options.apart whether the event loop continues after the first part of the last cell, so that this part can be sent while the
 *   others are computed
 */
export function evaluateCells<A extends readonly Tree[]>(
  report: InParts<A>,
  cells: readonly A[],
  lengths: readonly number[],
  { apart }: { readonly apart: boolean },
): Evaluation {
  const arrivals = lengths.map(() => deferred<readonly Sums[]>())
  const reports = lengths.map(() => [] as Sums[])
  let missing = lengths.map(() => cells.length)
  const arrive = (part: number): void => {
    if (missing[part] === 0) arrivals[part]!.resolve(reports[part]!)
  }
  const evaluating = cells.map((args, i) =>
    report.run(
      args,
      (part, numbers) => {
        reports[part]![i] = numbers
        missing = missing.map((n, p) => (p === part ? n - 1 : n))
        arrive(part)
      },
      { apart: apart && i === cells.length - 1 },
    ),
  )
  lengths.forEach((_, part) => arrive(part))
  const computed = Promise.allSettled(evaluating).then(() => Promise.all(evaluating))
  computed.catch((reason: unknown) => arrivals.forEach((a) => a.reject(reason)))
  return { parts: lengths.map((length, p) => ({ length, leaves: arrivals[p]!.promise })), computed }
}
