import {
  SpikewardError,
  add,
  concatenate,
  expandDims,
  mean,
  mul,
  neg,
  normal,
  slice,
  square,
  sub,
} from '@spikeward/core'
import type { Differentiate, FloatDType, Key, Tensor } from '@spikeward/core'
import { checkCounts } from '../shared/checkOptions.js'
import { shifted } from './shifted.js'

/** Options of {@link steinDerivatives}. */
export type SteinDerivativesOptions = {
  /** Where the noise comes from: a fresh key for every step of training. */
  readonly key: Key
  /** Standard deviation σ of the noise on a coordinate, in its unit: what the field is smoothed by. */
  readonly sigma: number
  /** Antithetic pairs ±ε per point. Default 16; the error falls as its root. */
  readonly samples?: number
}

/**
 * (c) Derivatives of the field smoothed by a Gaussian along the axis, U = E[u(x + ε eₐ)], ε ~ N(0, σ²), by Stein's lemma:
 *
 *     ∂U = E[ε u₊]/σ² = E[ε (u₊ − u₋)]/(2σ²),   ∂²U = E[(ε² − σ²)(u₊ + u₋ − 2u₀)]/(2σ⁴)
 *
 * with u± = u(x ± ε eₐ). Nothing is differentiated: spikes of any kind will do. Unbiased for U; U itself is off u by
 * σ²u″/2. Every point (on a grid: every line across the axis) has noise of its own.
 *
 * @throws INVALID_OPTION
 * @see He et al., Learning physics-informed neural networks without stacked back-propagation, AISTATS 2023
 */
export function steinDerivatives(options: SteinDerivativesOptions): Differentiate {
  const { key, sigma, samples = 16 } = options
  checkCounts('steinDerivatives', { samples })
  if (!(sigma > 0 && Number.isFinite(sigma))) {
    throw new SpikewardError('INVALID_OPTION', `steinDerivatives: sigma = ${sigma}; give a finite number above 0`)
  }
  return (u) => ({
    at: u,
    d(c, axis, order = 1) {
      const like = c.kind === 'points' ? c.x : c.axes[axis]!
      const n = like.shape[0]!
      const noise = mul(normal(key.fold(axis * 2 + order), [samples, n], { dtype: like.dtype as FloatDType }), sigma)
      const probe = shifted(u, c, axis, concatenate([noise, neg(noise)], 0))
      const half = (from: number): Tensor => {
        const { values, place } = probe
        const starts = values.shape.map((_, a) => (a === place ? from : 0))
        return slice(
          values,
          starts,
          values.shape.map((l, a) => (a === place ? from + samples : l)),
        )
      }
      const [plus, minus] = [half(0), half(samples)]
      if (order === 1) {
        return mul(mean(mul(probe.spread(noise), sub(plus, minus)), probe.place), 1 / (2 * sigma ** 2))
      }
      const centre = expandDims(u(c), probe.place)
      const weight = probe.spread(sub(square(noise), sigma ** 2))
      return mul(mean(mul(weight, sub(add(plus, minus), mul(centre, 2))), probe.place), 1 / (2 * sigma ** 4))
    },
  })
}
