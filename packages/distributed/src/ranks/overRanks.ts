import { jit, reshape, slice, tensor } from '@spikeward/core'
import type { Communicator, Estimator, Key, ShareOut, Tensor, Tree } from '@spikeward/core'
import { type MakeStepper, type StepLoss, type TrainState, trainStep } from '@spikeward/train'
import { agree } from './agree.js'
import { combineCoefficients, combineGradients } from './combineGradients.js'
import { type PartLayout, type InParts, inParts } from './inParts.js'
import { type Measure, HEAD, measureOf, reportType } from './measures.js'
import { type Cut, cellsOf, checkCut, lengthOf } from './partition.js'
import { shareOver } from './shareOver.js'
import type { Sums } from './sumTree.js'
import { type Addends, markHandled } from './reduceShares.js'

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
  const promise = new Promise<R>((onValue, broken) => ([resolve, reject] = [onValue, broken]))
  return { promise: markHandled(promise), resolve, reject }
}

/**
 * Starts the evaluation of cells, one after another: a cell frees its intermediate results before the next one starts.
 *
 * @param cells the arguments of each cell
 * @param lengths elements of each part of a report
 * @param options.apart whether the event loop continues after the first part of the last cell, so that this part can be
 *   sent while the others are computed
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

/** The result of {@link overRanks}: three options of `fit`, and a function that ends the run on all ranks. */
export type OverRanks = {
  readonly stepper: MakeStepper
  /** Runs the batches of a validation on all ranks; each receives all results, the same to the bit as on one rank. */
  readonly share: ShareOut
  /** Aborted on every rank after the same step, once `stop` was called on any of them. */
  readonly signal: AbortSignal
  /** Ends the run of all ranks after the next common step. */
  stop(): void
}

/**
 * Takes the steps of a run on all ranks of a group together. Every rank holds the whole state and calls `fit` with the
 * same options; a step is cut into cells of directions and of the batch (`Cut`), each rank evaluates its cells by the
 * same compiled programs, and every rank makes the same update by another one.
 *
 * - `directions: D`: each cell evaluates K/D directions. Ranks send K numbers, and draw all directions again from their
 *   keys.
 * - `batch: B`: each cell evaluates its own mini-batch: the loss of a step is the mean of B losses, so give the task
 *   the batch of one share.
 *   Estimators that are sums along directions (`Estimator.along`) send K numbers per share; others send a gradient,
 *   summed over a fixed tree in chunks. With `part`, on a backend that computes on another thread (native), a cell
 *   computes the gradient in parts of at least `part` numbers, the last excepted, each by a program of its own; a part
 *   is sent while the last cell of a rank computes the next. It is not the default, because no gain has been measured.
 * - Both: a grid of D · B cells.
 *
 * The state after a step depends on the cut, `part` included, and not on the number of ranks, bit for bit, on machines
 * with the same instruction set. Ranks compare their cuts before the first step. A cell repeats the primal of its
 * share: D shares of directions cost D + K forward units, compared with 1 + K for one program; shares of the batch cost
 * nothing.
 *
 * @param communicator `single()` if one process takes all cells
 * @param options shares, default 1; `part`, a whole number from 1, such as 16,384; default Infinity: a gradient is sent
 *   when all of it is computed
 * @throws INVALID_OPTION, ESTIMATOR_NOT_SHARED; steps reject with RANKS_DIFFER if ranks cut differently, and with the
 *   errors of the communicator
 * @example
 * const ranks = overRanks(mpi(), { directions: 4 })
 * const { stepper, share, signal } = ranks
 * for await (const e of fit({ ...options, estimator: rfg({ directions: 8 }), stepper, share, signal })) …
 */
export function overRanks(
  communicator: Communicator,
  options: Partial<Cut> & { readonly part?: number } = {},
): OverRanks {
  const cut: Cut = { directions: options.directions ?? 1, batch: options.batch ?? 1 }
  const least = options.part ?? Infinity
  checkCut(cut, least)
  const cells = cellsOf(communicator.rank, communicator.size, cut.directions * cut.batch)
  const abort = new AbortController()
  let stopping = false

  const stepper: MakeStepper = <P extends Tree, D extends Tree>(
    loss: StepLoss<P, D>,
    estimator: Estimator,
    optimizer: Parameters<MakeStepper>[2],
  ) => {
    const measure = measureOf(estimator, cut)
    const combine = measure.kind === 'gradient' ? combineGradients : combineCoefficients
    const report = inParts(
      (state: TrainState<P>, data: D, key: Key, cell: Tensor) => measure.report(loss, state, data, key, cell),
      least,
    )
    const finish = jit(
      (state: TrainState<P>, numbers: Tensor, key: Key) =>
        trainStep<P, Record<string, never>>(evaluatedBefore, withNumbers(estimator, measure, numbers), optimizer).step(
          state,
          {},
          key,
        ),
      { donate: [0] },
    )
    const cellTensors = Array.from({ length: lengthOf(cells) }, (_, i) => {
      const cell = cells.from + i
      return tensor([cell % cut.directions, Math.floor(cell / cut.directions)], { dtype: 'u32' })
    })
    const first = tensor([0, 0], { dtype: 'u32' })
    const shareOf = (cell: number): number => Math.floor((cells.from + cell) / cut.directions)
    const owned = cellTensors.length === 0 ? [0] : [...new Set(cellTensors.map((_, i) => shareOf(i)))]

    let isAgreed = false
    return {
      init: trainStep(loss, estimator, optimizer).init,
      ...(cut.batch === 1 ? {} : { shares: owned }),
      async stepAsync(state: TrainState<P>, whole: D, key: Key, each?: readonly D[]) {
        const dataOf = (cell: number): D => each?.[owned.indexOf(shareOf(cell))] ?? whole
        const layout = report.layout(state, each?.[0] ?? whole, key, first)
        if (!isAgreed) {
          const sizes = layout.map(({ lengths }) => sumOf(lengths)).join(', ')
          await agree(communicator, {
            cut: JSON.stringify({ ...cut, part: String(least) }),
            'parts of a report': sizes,
          })
          isAgreed = true
        }
        const { parts, computed } = evaluateCells(
          report,
          cellTensors.map((cell, i) => [state, dataOf(i), key, cell] as const),
          layout.map(({ lengths }) => sumOf(lengths)),
          { apart: communicator.size > 1 },
        )
        const dtype = reportType(state.trained)
        const make = dtype === 'f64' ? Float64Array : Float32Array
        const reports = { parts, make: make as new (length: number) => Sums, stopping: () => stopping }
        const combining = combine(communicator, cut, reports, { meanwhile: computed })
        // A failed step ends only after all computations have ended.
        await Promise.allSettled([combining, computed])
        const { numbers, stop } = await combining
        if (stop) abort.abort()
        const all = tensor(inOrderOf(layout, numbers), { dtype })
        const next = finish(state, all, key)
        all.dispose()
        return next
      },
      prepare: () => undefined,
      dispose() {
        report.dispose()
        finish.dispose()
        ;[first, ...cellTensors].forEach((t) => t.dispose())
      },
    }
  }
  return {
    stepper,
    share: shareOver(communicator),
    signal: abort.signal,
    stop: () => {
      stopping = true
    },
  }
}

const sumOf = (lengths: readonly number[]): number => lengths.reduce((n, length) => n + length, 0)

/** Numbers that came in parts, in the order of the report. */
function inOrderOf(layout: readonly PartLayout[], numbers: readonly Sums[]): Sums {
  if (numbers.length === 1) return numbers[0]!
  const pieces: Sums[] = []
  for (const [p, { results, lengths }] of layout.entries()) {
    let at = 0
    for (const [i, result] of results.entries()) pieces[result] = numbers[p]!.subarray(at, (at += lengths[i]!))
  }
  const all = new (numbers[0]!.constructor as new (length: number) => Sums)(sumOf(pieces.map((x) => x.length)))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

const evaluatedBefore = (): Tensor => {
  throw new Error('the loss of a shared step was evaluated already; this is a bug in @spikeward/distributed')
}

/** The estimator that finishes a step: its estimate comes from what all ranks measured. */
const withNumbers = (estimator: Estimator, measure: Measure, numbers: Tensor): Estimator => ({
  ...estimator,
  estimate(_, params, state, { key }) {
    const element = (i: number): Tensor => reshape(slice(numbers, [i], [i + 1]), [])
    return {
      value: element(0),
      ...measure.finish(params, state, slice(numbers, [HEAD], [numbers.size]), key),
      stats: { forwardEquivalents: element(1) },
    }
  },
})
