import { SpikewardError } from '@spikeward/core'
import { type Line, nodesOf, stepOf } from '../../geometry/gridPoints.js'
import { rungeKutta4 } from '../../numerics/rungeKutta4.js'

/** The input of {@link solveNonlinearDiffusion2d}. */
export type NonlinearDiffusion = {
  readonly coefficient: number
  /** The nodes along x and along y. */
  readonly line: Line
  /** The times at which the solution is stored. */
  readonly t: Line
  /** u on the grid [x, y] at the first time, not below zero; its values on the border are taken as 0. */
  readonly initial: Float64Array
  /** Added to the right-hand side; default none. */
  readonly source?: (x: number, y: number, t: number) => number
}

/**
 * u_t = c (|∇u|² + u Δu) + s on a square, zero on its border. As |∇u|² + u Δu = ½ Δ(u²), the five-point Laplacian of u²
 * gives a system of ordinary differential equations,
 *
 *     u' = (c/2) Δₕ(u²) + s,   error O(h²)
 *
 * solved by the Runge–Kutta method of order 4 with steps of at most 0.3 h²/(c max u): the diffusivity is c u, and the
 * method is stable up to 0.34.
 *
 * @returns u on the grid [x, y, t], row-major
 * @throws SOLVER_DIVERGED if u is below zero at the start (diffusion backwards in time) or becomes infinite
 */
export function solveNonlinearDiffusion2d({ coefficient, line, t, initial, source }: NonlinearDiffusion): Float64Array {
  const n = line.count
  const x = nodesOf(line)
  const times = nodesOf(t)
  const h2 = stepOf(line) ** 2
  const factor = coefficient / (2 * h2)
  const u = initial.slice()
  for (let i = 0; i < n; i++) u[i] = u[(n - 1) * n + i] = u[i * n] = u[i * n + n - 1] = 0
  let peak = 0
  for (const v of u) {
    if (!(v >= 0))
      throw new SpikewardError(
        'SOLVER_DIVERGED',
        `nonlinear-diffusion-2d: u = ${v} at the start; where u is below zero the equation diffuses backwards; start from values of at least 0`,
      )
    peak = Math.max(peak, v)
  }
  const square = new Float64Array(n * n)
  const rate = (time: number, v: Float64Array, out: Float64Array): void => {
    for (let i = 0; i < v.length; i++) square[i] = v[i]! * v[i]!
    for (let i = 1; i < n - 1; i++)
      for (let j = 1; j < n - 1; j++) {
        const p = i * n + j
        const laplacian = square[p - n]! + square[p + n]! + square[p - 1]! + square[p + 1]! - 4 * square[p]!
        out[p] = factor * laplacian + (source ? source(x[i]!, x[j]!, time) : 0)
      }
  }
  const out = new Float64Array(n * n * t.count)
  for (let j = 0; j < t.count; j++) {
    for (let p = 0; p < u.length; p++) out[p * t.count + j] = u[p]!
    if (j === t.count - 1) break
    // Without a source the maximum principle keeps u below its first peak.
    const top = source ? u.reduce((a, b) => Math.max(a, b), peak) : peak
    const steps = Math.max(1, Math.ceil((stepOf(t) * coefficient * top) / (0.3 * h2)))
    rungeKutta4(rate, u, times[j]!, times[j + 1]!, steps)
    if (!u.every(Number.isFinite))
      throw new SpikewardError(
        'SOLVER_DIVERGED',
        `nonlinear-diffusion-2d: the solution is infinite before t = ${times[j + 1]!}; give smaller initial values, a weaker source or an earlier end`,
      )
  }
  return out
}
