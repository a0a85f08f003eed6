/** The equation of the heated rod: u_t = κ u_xx + Σ_h p_h(t) q_h(x) on [0, 1], u = 0 at both ends. */

/** Inner points of the rod. */
export const POINTS = 64
/** Time between two samples. */
export const INTERVAL = 0.1

const place = (i: number): number => (i + 1) / (POINTS + 1)

/** Profiles q_h of two heaters. */
const HEATERS = [0.3, 0.75].map((centre) =>
  Float64Array.from({ length: POINTS }, (_, i) => 4 * Math.exp(-(((place(i) - centre) / 0.1) ** 2))),
)

/** (I − dt κ ∂²)⁻¹ of each column of a row-major [POINTS, columns], in place: Thomas' algorithm. */
export function diffuse(u: Float64Array, diffusivity: number, columns = 1): void {
  const r = diffusivity * INTERVAL * (POINTS + 1) ** 2
  const c = new Float64Array(POINTS)
  for (let i = 0; i < POINTS; i++) {
    const pivot = 1 + 2 * r + (i === 0 ? 0 : r * c[i - 1]!)
    c[i] = -r / pivot
    for (let j = 0; j < columns; j++) {
      const at = i * columns + j
      u[at] = (u[at]! + (i === 0 ? 0 : r * u[at - columns]!)) / pivot
    }
  }
  for (let at = (POINTS - 1) * columns - 1; at >= 0; at--) u[at]! -= c[Math.floor(at / columns)]! * u[at + columns]!
}

/** The field one sample later, under the powers of the heaters: implicit Euler. */
export function advance(u: Float64Array, powers: readonly number[], diffusivity: number): Float64Array {
  const next = u.map((v, i) => v + INTERVAL * HEATERS.reduce((sum, q, h) => sum + powers[h]! * q[i]!, 0))
  diffuse(next, diffusivity)
  return next
}

/**
 * The covariance Σ_k 2 sin(kπx) sin(kπy) / (kπ)⁴ of two points: the Green's function of ∂⁴ with u = u″ = 0 at the ends.
 */
export function covariance(i: number, j: number): number {
  const [x, y] = [place(Math.min(i, j)), place(Math.max(i, j))]
  return (x * (1 - y) * (1 - x ** 2 - (1 - y) ** 2)) / 6
}
