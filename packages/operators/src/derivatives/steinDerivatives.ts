import {
  Key,
  add,
  concatenate,
  defineFactory,
  defineOptions,
  expandDims,
  integer,
  mean,
  mul,
  neg,
  normal,
  number,
  opaque,
  slice,
  square,
  sub,
} from '@spikeward/core'
import type { Coords, Differentiate, FloatDType, OptionsOf, Tensor } from '@spikeward/core'
import { type Derivative, fieldBy } from './fieldBy.js'
import { shifted } from './shifted.js'

/** Distance between the numbers that are folded into the keys of nested derivatives. */
const LEVEL = 1024

const isKey = (x: unknown): x is Key => x instanceof Key

/** Options of {@link steinDerivatives}. */
const options = /* @__PURE__ */ defineOptions(() => ({
  /** Key of the noise. Use a fresh one for every step of training. */
  key: opaque('a key', isKey, { required: true, help: 'key of the noise' }),
  /** Standard deviation σ of the noise on a coordinate, in the unit of the coordinate. It smooths the field. */
  sigma: number({ min: 0, above: true, required: true, help: 'standard deviation of the noise on a coordinate (σ)' }),
  /** Antithetic pairs ±ε for each point. Default 16. The error decreases with its square root. */
  samples: integer({ min: 1, default: 16, help: 'antithetic pairs for each point' }),
}))

/** Options of {@link steinDerivatives}. */
export type SteinDerivativesOptions = OptionsOf<typeof options>

/**
 * Derivatives of the field smoothed by a Gaussian along the axis, U = E[u(x + ε eₐ)], ε ~ N(0, σ²), by Stein's lemma:
 *
 *     ∂U = E[ε u₊]/σ² = E[ε (u₊ − u₋)]/(2σ²),   ∂²U = E[(ε² − σ²)(u₊ + u₋ − 2u₀)]/(2σ⁴)
 *
 * with u± = u(x ± ε eₐ). Only values of the field are used, so it works for any kind of spikes. The estimate is
 * unbiased for U, and U differs from u by σ²u″/2. Orders 3 and 4 and mixed derivatives are nested estimates, of a field
 * that is smoothed twice. Every point (on a grid: every line across the axis) has independent noise.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @see He et al., Learning physics-informed neural networks without stacked back-propagation, AISTATS 2023
 */
export const steinDerivatives = /* @__PURE__ */ defineFactory(
  {
    kind: 'derivative',
    name: 'steinDerivatives',
    aliases: ['stein'],
    summary: 'derivatives of the field smoothed by a Gaussian, from values only; noisy',
    facts: { use: 'any spikes' },
    options,
  },
  (read) =>
    (settings: SteinDerivativesOptions): Differentiate => {
      const { key, sigma, samples } = read(settings)
      /** Of order 1 or 2; `fold` makes the noise of nested derivatives independent. */
      const once = (u: (c: Coords) => Tensor, c: Coords, axis: number, order: 1 | 2, fold: number): Tensor => {
        const like = c.kind === 'points' ? c.x : c.axes[axis]!
        const n = like.shape[0]!
        const noise = mul(normal(key.fold(fold), [samples, n], { dtype: like.dtype as FloatDType }), sigma)
        const moved = shifted(u, c, axis, concatenate([noise, neg(noise)], 0))
        const half = (from: number): Tensor => {
          const { values, place } = moved
          const starts = values.shape.map((_, a) => (a === place ? from : 0))
          return slice(
            values,
            starts,
            values.shape.map((l, a) => (a === place ? from + samples : l)),
          )
        }
        const [plus, minus] = [half(0), half(samples)]
        if (order === 1) {
          return mul(mean(mul(moved.spread(noise), sub(plus, minus)), moved.place), 1 / (2 * sigma ** 2))
        }
        const centre = expandDims(u(c), moved.place)
        const weight = moved.spread(sub(square(noise), sigma ** 2))
        return mul(mean(mul(weight, sub(add(plus, minus), mul(centre, 2))), moved.place), 1 / (2 * sigma ** 4))
      }
      const derivative: Derivative = (u, c, axis, order, level) => {
        const fold = level * LEVEL + axis * 2
        if (order <= 2) return once(u, c, axis, order as 1 | 2, fold + order)
        const inner = (at: Coords): Tensor => once(u, at, axis, 2, fold + 2)
        return once(inner, c, axis, order === 3 ? 1 : 2, fold + LEVEL / 2)
      }
      const differentiate: Differentiate = (u) => fieldBy(u, derivative, () => undefined)
      return Object.assign(differentiate, { fromValues: true })
    },
)
