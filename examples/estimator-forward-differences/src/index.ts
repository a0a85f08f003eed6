import {
  SpikewardError,
  add,
  arange,
  cast,
  div,
  full,
  mean,
  mul,
  rademacher,
  sub,
  treeMap,
  vmap,
} from '@spikeward/core'
import type { Estimator, FloatDType, Tensor } from '@spikeward/core'

/** Options of {@link forwardDifferences}. */
export type ForwardDifferencesOptions = {
  /** K, default 1. */
  readonly directions?: number
  /** ε, the length of a step along each entry of a direction, default 0.05. A scalar tensor where it changes over a run. */
  readonly size?: number | Tensor
}

/** An estimator that carries nothing from step to step. */
export type Nothing = { readonly [name: string]: never }

const known = ['directions', 'size']

/**
 * One-sided differences of the loss itself along K random directions of ±1, which share the loss where it stands:
 *
 *     ĝ = (1/K) Σₖ [L(θ + εzₖ) − L(θ)]/ε · zₖ
 *
 * - Cost: K + 1 forward passes, against 2K for central differences. Bias: O(ε); it sees true spikes, so that what it
 *   estimates is a slope of the smoothed loss, not the surrogate gradient. Relative variance (d − 1)/K where the loss is
 *   smooth, to O(ε).
 * - Value: the loss.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @example const e = forwardDifferences({ directions: 8 })
 */
export function forwardDifferences(options: ForwardDifferencesOptions = {}): Estimator<Nothing> {
  const stray = Object.keys(options).find((name) => !known.includes(name))
  if (stray !== undefined) {
    throw new SpikewardError('UNKNOWN_OPTION', `forwardDifferences has no option '${stray}'; use ${known.join(' or ')}`)
  }
  const { directions = 1, size = 0.05 } = options
  if (!Number.isSafeInteger(directions) || directions < 1) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `forwardDifferences: directions is ${directions}; it counts things, so give a whole number of at least 1`,
    )
  }
  if (typeof size === 'number' && !(Number.isFinite(size) && size > 0)) {
    throw new SpikewardError('INVALID_OPTION', `forwardDifferences: size is ${size}; give a number above 0`)
  }
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
}
