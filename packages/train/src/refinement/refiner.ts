import { type Coords, type Key, type Tensor, type Tree, SpikewardError, mul, ones } from '@spikeward/core'
import type { CollocationState, Refinement, RefinementSource } from './refinement.js'

/** Several refinements, applied as one. */
export type Refiner = {
  readonly every: number
  /** The first state: uniform points, and weights of 1. */
  first(source: Pick<RefinementSource, 'interior' | 'count'>, terms: number, key: Key): CollocationState
  next(source: RefinementSource, last: CollocationState): CollocationState
}

/**
 * Joins refinements. One may choose the points; any number may weigh the points; one may weigh the terms.
 *
 * @throws INVALID_OPTION if two choose the points, two weigh the terms, or their `every` differs
 */
export function refinerOf(refinements: readonly Refinement[]): Refiner {
  const [chooses, ...second] = refinements.filter((r) => r.points !== undefined)
  const [balances, ...other] = refinements.filter((r) => r.balance !== undefined)
  const every = [...new Set(refinements.map((r) => r.every))]
  const wrong =
    second.length > 0
      ? `${chooses!.name} and ${second[0]!.name} both choose the points`
      : other.length > 0
        ? `${balances!.name} and ${other[0]!.name} both weigh the terms`
        : every.length !== 1
          ? `their steps between two draws are ${every.join(' and ') || 'missing'}`
          : null
  if (wrong !== null) {
    throw new SpikewardError('INVALID_OPTION', `refinements: ${wrong}; give one of each, with the same 'every'`)
  }
  return {
    every: every[0]!,
    first: ({ interior, count }, terms, key) => ({
      points: pointsOf(interior.points(key, count)),
      weights: ones([count]),
      balance: ones([terms]),
    }),
    next(source, last) {
      const { interior, count, key } = source
      const points = chooses?.points?.({ ...source, key: key.fold(1) }) ?? pointsOf(interior.points(key.fold(0), count))
      const weights = refinements.flatMap((r) => r.weights?.(source, points) ?? [])
      return {
        points,
        weights: weights.length === 0 ? last.weights : weights.reduce((a, b) => mul(a, b)),
        balance: balances?.balance?.({ ...source, key: key.fold(2) }, last.balance) ?? last.balance,
      }
    },
  }
}

const pointsOf = (c: Coords): Tensor => (c.kind === 'points' ? c.x : c.axes[0]!)

/** The name of the state among the fixed variables of a run. */
const NAME = 'collocation'

/** Adds the collocation state to fixed variables. */
export const withCollocation = <F extends Tree>(fixed: F, state: CollocationState): F =>
  Object.assign({}, fixed, { [NAME]: state })

/** The collocation state among fixed variables; undefined if the run draws new points in each step. */
export const collocationIn = (fixed: Tree): CollocationState | undefined =>
  (fixed as { readonly [NAME]?: CollocationState })[NAME]
