import {
  add,
  arange,
  cast,
  defineFactory,
  defineOptions,
  div,
  expandDims,
  integer,
  lessEqual,
  matmul,
  mean,
  minimum,
  mul,
  number,
  pow,
  reshape,
  slice,
  sum,
  take,
  uniform,
} from '@spikeward/core'
import type { OptionsOf, Tensor } from '@spikeward/core'
import type { Refinement } from './refinement.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Steps between two draws. Default 20. */
  every: integer({ min: 1, default: 20, help: 'steps between two draws of points' }),
  /** k: larger values gather points where the residual is largest. Default 1. */
  exponent: number({ min: 0, default: 1, help: 'exponent of the residual (k)' }),
  /** c: larger values spread points evenly. Default 1. */
  uniformity: number({ min: 0, default: 1, help: 'share of evenly spread points (c)' }),
  /** Candidates for each point. Default 4. */
  candidates: integer({ min: 1, max: 64, default: 4, help: 'candidates for each point' }),
}))

/** Options of {@link rad}. */
export type RadOptions = OptionsOf<typeof options>

/**
 * Residual-based adaptive distribution: points are drawn, with replacement, from random candidates with probabilities
 *
 *     p(x) ∝ |r(x)|^k / mean |r|^k + c
 *
 * Only values of the residual are used, so it is forward only. Sampling is systematic: one random number serves all
 * points, so that a uniform density gives evenly spread points.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @see Wu, Zhu, Tan, Kartha & Lu, Comput. Methods Appl. Mech. Eng. 2023 (RAD)
 * @example pinnTask({ network, problem, physics: { differentiate, interior: 400, refine: [rad({ every: 50 })] } })
 */
export const rad = /* @__PURE__ */ defineFactory(
  {
    kind: 'refinement',
    name: 'rad',
    summary: 'more points where the residual r is large: with probability ∝ |r|^k / mean |r|^k + c',
    facts: { source: 'Wu et al. 2023' },
    options,
  },
  (read) =>
    (settings: RadOptions = {}): Refinement => {
      const { every, exponent, uniformity, candidates } = read(settings)
      return {
        name: 'rad',
        every,
        points({ interior, count, residuals, key }) {
          const candidatesAt = interior.points(key.fold(0), candidates * count)
          const x = candidatesAt.kind === 'points' ? candidatesAt.x : candidatesAt.axes[0]!
          const size = pow(add(residuals(x), 1e-30), exponent / 2)
          return take(x, systematic(add(div(size, mean(size)), uniformity), count, uniform(key.fold(1), [])))
        },
      }
    },
)

/** Systematic sampling: `count` rows with probabilities proportional to `weights` [M], from one random number. */
function systematic(weights: Tensor, count: number, shift: Tensor): Tensor {
  const m = weights.shape[0]!
  const row = arange(m, 'i32')
  const upTo = cast(lessEqual(expandDims(row, 1), expandDims(row, 0)), weights.dtype)
  const summed = reshape(matmul(reshape(weights, [1, m]), upTo), [m])
  const whole = reshape(slice(summed, [m - 1], [m]), [])
  const at = mul(add(cast(arange(count, 'i32'), weights.dtype), shift), div(whole, count))
  const before = sum(cast(lessEqual(expandDims(summed, 0), expandDims(at, 1)), 'i32'), 1)
  return minimum(before, m - 1)
}
