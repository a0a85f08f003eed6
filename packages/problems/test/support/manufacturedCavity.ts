import type { ConvergenceOptions } from '@spikeward/testkit'
import { solveCavity } from '../../src/index.js'

/** ψ = 16 p(x) q(y), p = x²(1 − x)², q = y²(y − 1), and Δ²ψ/Re − ψ_y (Δψ)_x + ψ_x (Δψ)_y of it. */
export function manufacturedCavity(reynolds: number): {
  readonly psi: (x: number, y: number) => number
  readonly source: (x: number, y: number) => number
} {
  const p = (x: number) =>
    [x * x * (1 - x) ** 2, 2 * x - 6 * x * x + 4 * x ** 3, 2 - 12 * x + 12 * x * x, -12 + 24 * x, 24] as const
  const q = (y: number) => [y * y * (y - 1), 3 * y * y - 2 * y, 6 * y - 2, 6] as const
  return {
    psi: (x, y) => 16 * p(x)[0] * q(y)[0],
    source(x, y) {
      const [[p0, p1, p2, p3, p4], [q0, q1, q2, q3]] = [p(x), q(y)]
      const spread = (16 * (p4 * q0 + 2 * p2 * q2)) / reynolds
      return spread + 256 * (p1 * q0 * (p2 * q1 + p0 * q3) - p0 * q1 * (p3 * q0 + p1 * q2))
    },
  }
}

/** ψ = 16 x²(1 − x)² y²(y − 1) under the lid 16 x²(1 − x)², with the source that makes it a solution. */
export const lidDrivenCavity: ConvergenceOptions = {
  sizes: [8, 16, 32],
  order: 2,
  error(cells) {
    const { psi, source } = manufacturedCavity(50)
    const found = solveCavity({ reynolds: 50, cells, lid: (x) => 16 * (x * (1 - x)) ** 2, source })
    return found.reduce((most, v, k) => {
      const [i, j] = [Math.floor(k / (cells + 1)), k % (cells + 1)]
      return Math.max(most, Math.abs(v - psi(i / cells, j / cells)))
    }, 0)
  },
}
