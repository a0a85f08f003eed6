import { positive, whole } from '../checks.js'
import type { FunctionSpace } from './sampleFunctions.js'

/** Options of {@link neumannField}. */
export type NeumannFieldOptions = {
  /** γ: a larger one gives smoother fields. */
  readonly gamma: number
  /** τ: wave numbers far below it have nearly equal variance. */
  readonly tau: number
  /** Wave numbers 0 … modes along each axis. Default 15. */
  readonly modes?: number
}

/**
 * A Gaussian random field on the unit square with covariance operator (−Δ + τ²)^(−γ) and mean square 1, whose normal
 * derivative vanishes on the border:
 *
 *     g(x, y) = (1/s) Σᵢⱼ √λᵢⱼ zᵢⱼ cᵢ(x) cⱼ(y),   c₀ = 1, cᵢ = √2 cos πix,   λᵢⱼ = (π²(i² + j²) + τ²)^(−γ),   s² = Σ λᵢⱼ
 *
 * with zᵢⱼ standard normal. The constant mode is drawn as well.
 *
 * @throws INVALID_OPTION
 * @see Li et al., ICLR 2021 (Darcy flow), which draws the same field without the factor 1/s
 */
export function neumannField({ gamma, tau, modes = 15 }: NeumannFieldOptions): FunctionSpace {
  for (const [name, value] of Object.entries({ gamma, tau })) positive('neumannField', name, value)
  whole('neumannField', 'modes', modes, 1)
  const n = modes + 1
  const lambda = Float64Array.from(
    { length: n * n },
    (_, k) => (Math.PI ** 2 * (Math.floor(k / n) ** 2 + (k % n) ** 2) + tau ** 2) ** -gamma,
  )
  const scale = 1 / Math.sqrt(lambda.reduce((a, b) => a + b))
  const cosine = (i: number, x: number): number => (i === 0 ? 1 : Math.SQRT2 * Math.cos(Math.PI * i * x))
  return {
    name: `neumann(${gamma}, ${tau}, ${modes})`,
    rank: n * n,
    basis(points) {
      const count = points.length / 2
      const basis = new Float64Array(count * n * n)
      for (let p = 0; p < count; p++) {
        const along = [0, 1].map((axis) => Float64Array.from({ length: n }, (_, i) => cosine(i, points[2 * p + axis]!)))
        for (let k = 0; k < n * n; k++)
          basis[p * n * n + k] = scale * Math.sqrt(lambda[k]!) * along[0]![Math.floor(k / n)]! * along[1]![k % n]!
      }
      return basis
    },
  }
}
