import { SpikewardError } from '@spikeward/core'
import { positive } from '../checks.js'
import type { FunctionSpace } from './sampleFunctions.js'

/** Options of {@link spectralField}. */
export type SpectralFieldOptions = {
  readonly gamma: number
  readonly tau: number
  readonly sigma: number
  /** One period. Default [0, 1]. */
  readonly domain?: readonly [number, number]
  /** Wave numbers 1 … modes. Default 64. */
  readonly modes?: number
  /** Whether the constant mode is drawn too. Default false: every function has mean 0, as in the usual Burgers data. */
  readonly mean?: boolean
}

/**
 * A periodic Gaussian random function with covariance operator σ² (−Δ + τ²)^(−γ), whose eigenfunctions are sines and
 * cosines:
 *
 *     f(x) = Σₖ √λₖ (aₖ √(2/L) cos qₖx + bₖ √(2/L) sin qₖx),   qₖ = 2πk/L,   λₖ = σ² (qₖ² + τ²)^(−γ)
 *
 * with aₖ, bₖ standard normal, and L the period.
 *
 * @throws INVALID_OPTION
 */
export function spectralField(options: SpectralFieldOptions): FunctionSpace {
  const { gamma, tau, sigma, domain = [0, 1], modes = 64, mean = false } = options
  for (const [name, value] of Object.entries({ gamma, tau, sigma })) positive('spectralField', name, value)
  const [low, high] = domain
  if (!(low < high))
    throw new SpikewardError(
      'INVALID_OPTION',
      `spectralField: the period [${low}, ${high}] is empty; give low below high`,
    )
  if (!Number.isInteger(modes) || modes < 1)
    throw new SpikewardError('INVALID_OPTION', `spectralField: ${modes} modes; give a whole number of at least 1`)
  const period = high - low
  const deviation = (q: number): number => sigma * (q * q + tau * tau) ** (-gamma / 2)
  const rank = 2 * modes + (mean ? 1 : 0)
  return {
    name: `spectral(${gamma}, ${tau}, ${sigma}, [${low}, ${high}], ${modes}, ${mean})`,
    rank,
    basis(points) {
      const basis = new Float64Array(points.length * rank)
      points.forEach((x, p) => {
        for (let k = 1; k <= modes; k++) {
          const q = (2 * Math.PI * k) / period
          const scale = deviation(q) * Math.sqrt(2 / period)
          basis[p * rank + 2 * k - 2] = scale * Math.cos(q * (x - low))
          basis[p * rank + 2 * k - 1] = scale * Math.sin(q * (x - low))
        }
        if (mean) basis[p * rank + rank - 1] = deviation(0) / Math.sqrt(period)
      })
      return basis
    },
  }
}
