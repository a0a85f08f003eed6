import {
  SpikewardError,
  cast,
  concatenate,
  mul,
  reshape,
  slice,
  treeFlatten,
  treeLeaves,
  treeUnflatten,
} from '@spikeward/core'
import type { AlongDirections, Estimator, FloatDType, Key, Tensor, Tree } from '@spikeward/core'
import { type StepLoss, type TrainState, lossAt, stepKeys } from '@spikeward/train'
import { type Cut, checkCut } from './partition.js'

/** The report of a step: `value`, the cost, then numbers of the estimate, as vectors of one type. */
export type Report = readonly Tensor[]

/** Numbers before those of the estimate: the loss, and the cost in forward passes. */
export const HEAD = 2

/** The part of a step that a cell evaluates, and the estimate that all cells form together, as pure functions. */
export type Measure = {
  /** `coefficients`: a few numbers for each direction. `gradient`: as many as there are parameters. */
  readonly kind: 'coefficients' | 'gradient'
  /**
   * The report of a cell: HEAD numbers, then its coefficients [G, m], all in one vector; or the HEAD numbers, then a
   * vector for each leaf of its gradient. `cell` is u32 [2]: direction share, batch share.
   */
  report<P extends Tree, D extends Tree>(
    loss: StepLoss<P, D>,
    state: TrainState<P>,
    data: D,
    key: Key,
    cell: Tensor,
  ): Report
  /**
   * Gradient and next state from the numbers of all cells: coefficients [K · m], or the mean gradient and state,
   * flattened.
   */
  finish<P extends Tree>(params: P, state: Tree, numbers: Tensor, key: Key): { readonly grad: P; readonly state: Tree }
}

const element = (x: Tensor, i: number): Tensor => reshape(slice(x, [i], [i + 1]), [])

/** The type of a report: the widest type of the parameters. */
export const reportType = (params: Tree): FloatDType =>
  treeLeaves(params).some((t) => t.dtype === 'f64') ? 'f64' : 'f32'

const flat = (xs: readonly Tensor[], dtype: FloatDType): Tensor =>
  concatenate(xs.map((x) => reshape(cast(x, dtype), [-1])))

/** The two halves of an estimate (`along`), unless a wrapper replaced the estimate that they form. */
export const halvesOf = (e: Estimator): AlongDirections | null =>
  e.along !== undefined && e.along.estimate === e.estimate ? e.along : null

/**
 * Directions and batch: K/D directions on one share of the batch give K/D coefficients. All shares of the batch use the
 * same directions.
 *
 * @throws INVALID_OPTION if the shares do not divide the directions
 */
function byCoefficients(e: Estimator, halves: AlongDirections, cut: Cut): Measure {
  if (halves.count % cut.directions !== 0) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `overRanks: ${halves.count} directions of ${e.name} in ${cut.directions} shares; give a number of shares that divides the number of directions`,
    )
  }
  const each = halves.count / cut.directions
  return {
    kind: 'coefficients',
    report(loss, state, data, key, cell) {
      const { draw, direction } = stepKeys(state, key)
      const own = cut.batch === 1 ? draw : draw.fold(element(cell, 1))
      const { value, forwardEquivalents, coefficients } = halves.measure(
        lossAt(loss, data, own, state.step),
        state.trained,
        {
          key: direction,
          first: mul(element(cell, 0), each),
          count: each,
        },
      )
      return [flat([value, forwardEquivalents, coefficients], reportType(state.trained))]
    },
    finish: (params, state, numbers, key) => ({
      grad: halves.combine(params, reshape(numbers, [halves.count, -1]), { key }),
      state,
    }),
  }
}

/**
 * Only the batch is distributed: the mean over shares of whole estimates, each on its share of the batch with its own
 * random numbers.
 *
 * @throws ESTIMATOR_NOT_SHARED if directions are distributed, or the estimator changes a state that is not a mean
 * (`stateIsMean`)
 */
function byGradient(e: Estimator, cut: Cut): Measure {
  if (cut.directions > 1) {
    throw new SpikewardError(
      'ESTIMATOR_NOT_SHARED',
      `${e.name} is not a plain sum along directions, so its directions cannot be distributed over ranks; distribute the batch, or use rfg`,
    )
  }
  const carried = (state: Tree): readonly Tensor[] => (e.stateIsMean === true ? treeLeaves(state) : [])
  return {
    kind: 'gradient',
    report(loss, state, data, key, cell) {
      const { draw, direction } = stepKeys(state, key)
      const of = (k: Key): Key => (cut.batch === 1 ? k : k.fold(element(cell, 1)))
      const estimate = e.estimate(lossAt(loss, data, of(draw), state.step), state.trained, state.estimator, {
        key: of(direction),
      })
      const { value, grad, stats } = estimate
      const before = treeLeaves(state.estimator)
      if (e.stateIsMean !== true && treeLeaves(estimate.state).some((t, i) => t !== before[i])) {
        throw new SpikewardError(
          'ESTIMATOR_NOT_SHARED',
          `${e.name} updates its state in every step, and each share of a batch would update it differently; use an estimator whose state does not change`,
        )
      }
      const numbers = [...treeLeaves(grad), ...carried(estimate.state)]
      const dtype = reportType(state.trained)
      return [flat([value, stats.forwardEquivalents], dtype), ...numbers.map((t) => flat([t], dtype))]
    },
    finish(params, state, numbers) {
      const grad = treeFlatten(params)
      const own = treeFlatten(state)
      let at = 0
      const next = (t: Tensor): Tensor => {
        const part = slice(numbers, [at], [at + t.size])
        at += t.size
        return cast(reshape(part, t.shape), t.dtype)
      }
      return {
        grad: treeUnflatten(grad.structure, grad.leaves.map(next)) as typeof params,
        state: e.stateIsMean === true ? treeUnflatten(own.structure, own.leaves.map(next)) : state,
      }
    },
  }
}

/** How an estimator is distributed: by coefficients if possible, else by gradients. */
export function measureOf(e: Estimator, cut: Cut): Measure {
  const halves = halvesOf(e)
  return halves === null ? byGradient(e, cut) : byCoefficients(e, halves, cut)
}

/**
 * Checks, before anything is computed, that an estimator can be distributed according to the cut.
 *
 * @throws INVALID_OPTION, ESTIMATOR_NOT_SHARED
 */
export function checkShared(estimator: Estimator, cut: Cut): void {
  checkCut(cut)
  measureOf(estimator, cut)
}
