import type { Key, SourceFunction } from '@spikeward/core'
import { positive, whole } from '../checks.js'
import { type FunctionSpace, sampleFunctions, unitVariance } from './sampleFunctions.js'

/** Options of {@link periodicField2d}. */
export type PeriodicField2dOptions = {
  /** γ: a larger one gives smoother fields. */
  readonly gamma: number
  /** τ: wave numbers |q| far below it have nearly equal variance. */
  readonly tau: number
  /** σ: a factor of all values. */
  readonly sigma: number
  /** Wave numbers −modes … modes along each axis. Default 8. */
  readonly modes?: number
}

/**
 * A periodic Gaussian random field on the unit square with mean 0 and covariance operator σ² (−Δ + τ²)^(−γ):
 *
 *     g(x) = Σ √(2λₖ) (aₖ cos q·x + bₖ sin q·x),   q = 2πk,   λₖ = σ² (|q|² + τ²)^(−γ)
 *
 * over one of each pair k, −k of wave vectors; aₖ, bₖ are standard normal.
 *
 * @throws INVALID_OPTION
 */
export function periodicField2d({ gamma, tau, sigma, modes = 8 }: PeriodicField2dOptions): FunctionSpace {
  for (const [name, value] of Object.entries({ gamma, tau, sigma })) positive('periodicField2d', name, value)
  whole('periodicField2d', 'modes', modes, 1)
  const waves: { readonly k: number; readonly l: number; readonly scale: number }[] = []
  for (let k = 0; k <= modes; k++)
    for (let l = -modes; l <= modes; l++) {
      if (k === 0 && l <= 0) continue
      const q2 = 4 * Math.PI ** 2 * (k * k + l * l)
      waves.push({ k, l, scale: sigma * Math.SQRT2 * (q2 + tau * tau) ** (-gamma / 2) })
    }
  const rank = 2 * waves.length
  return {
    name: `periodic(${gamma}, ${tau}, ${sigma}, ${modes})`,
    rank,
    basis(points) {
      const count = points.length / 2
      const basis = new Float64Array(count * rank)
      for (let p = 0; p < count; p++)
        waves.forEach(({ k, l, scale }, w) => {
          const angle = 2 * Math.PI * (k * points[2 * p]! + l * points[2 * p + 1]!)
          basis[p * rank + 2 * w] = scale * Math.cos(angle)
          basis[p * rank + 2 * w + 1] = scale * Math.sin(angle)
        })
      return basis
    },
  }
}

const space = /* @__PURE__ */ unitVariance(periodicField2d({ gamma: 3, tau: 10, sigma: 1, modes: 5 }), 2)

/** The Gaussian fields of period 1 and variance 1 whose level sets are the first fronts of problems in the plane. */
export const layersOfPlane = {
  name: space.name,
  sample: (key: Key, n: number): Promise<SourceFunction[]> => sampleFunctions(space, key, n),
}
