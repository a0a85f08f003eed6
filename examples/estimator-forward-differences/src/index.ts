import {
  add,
  arange,
  cast,
  defineFactory,
  defineOptions,
  div,
  either,
  full,
  integer,
  mean,
  mul,
  number,
  rademacher,
  scalarTensor,
  sub,
  treeMap,
  vmap,
} from '@spikeward/core'
import type { Estimator, EstimatorFacts, FloatDType, OptionsOf, Tensor } from '@spikeward/core'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** K. */
  directions: integer({ min: 1, default: 1, help: 'directions per step (K)' }),
  /** ε, the length of a step along each entry of a direction. A scalar tensor if it changes over a run. */
  size: either(
    number({ min: 0, above: true, default: 0.05, help: 'length of a step along a direction (ε)' }),
    scalarTensor,
  ),
}))

/** Options of {@link forwardDifferences}. */
export type ForwardDifferencesOptions = OptionsOf<typeof options>

/** The facts by which users choose the estimator. */
const facts = {
  estimate: '(1/K) Σₖ [L(θ + εzₖ) − L(θ)]/ε · zₖ',
  cost: 'K + 1',
  bias: 'O(ε)',
  variance: '(d − 1)/K',
  use: 'a loss without derivatives, at half the cost of central differences',
  plainly: 'It moves all weights a little to one side, compares the error with the one before, and uses no derivative.',
  loss: 'any',
  needs: 'evaluate',
  unbiased: false,
  reverseOverTime: false,
  reverseOverLayers: false,
  weightTransport: 'none',
  local: 'a scalar for all weights',
  memoryInTime: 'constant',
  formsReadout: false,
} satisfies EstimatorFacts

/** An estimator that carries nothing from step to step. */
export type Nothing = { readonly [name: string]: never }

/**
 * One-sided differences of the loss itself along K random directions of ±1, which share one evaluation at the current
 * parameters:
 *
 *     ĝ = (1/K) Σₖ [L(θ + εzₖ) − L(θ)]/ε · zₖ
 *
 * - Cost: K + 1 forward passes, against 2K for central differences. Bias: O(ε); it sees true spikes, so that it
 *   estimates a slope of the smoothed loss, not the surrogate gradient. Relative variance (d − 1)/K if the loss is
 *   smooth, to O(ε).
 * - Value: the loss.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @example const e = forwardDifferences({ directions: 8 })
 */
export const forwardDifferences = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'forwardDifferences',
    summary: 'one-sided differences of the loss along random directions',
    options,
    facts,
  },
  (read) =>
    (settings: ForwardDifferencesOptions = {}): Estimator<Nothing> => {
      const { directions, size } = read(settings)
      const step = (like: Tensor): Tensor | number => (typeof size === 'number' ? size : cast(size, like.dtype))
      return {
        name: 'forwardDifferences',
        needs: 'evaluate',
        unbiased: false,
        init: () => ({}),
        estimate(loss, params, state, { key }) {
          const value = loss(params)
          const each = vmap((k: Tensor) => {
            const own = key.fold(k)
            let leaf = 0
            const z = treeMap((p) => rademacher(own.fold(leaf++), p.shape, { dtype: p.dtype as FloatDType }), params)
            const moved = treeMap((p, d) => add(p, mul(d, step(d))), params, z)
            const slope = div(sub(loss(moved), value), step(value))
            return treeMap((d) => mul(cast(slope, d.dtype), d), z)
          })(arange(directions, 'u32'))
          const grad = treeMap((g) => mean(g, 0), each)
          return { value, grad, state, stats: { forwardEquivalents: full([], 1 + directions) } }
        },
      }
    },
)
