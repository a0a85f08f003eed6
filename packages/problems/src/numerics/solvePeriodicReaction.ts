import { periodicDiffusion } from './periodicDiffusion.js'

/** Options of {@link solvePeriodicReaction}. */
export type SolvePeriodicReactionOptions = {
  /** D. */
  readonly diffusivity: number
  /** R. */
  readonly reaction: (u: number) => number
  /** The period. */
  readonly length: number
  /** u at the n nodes low + L i/n, n a power of two (without the right end). */
  readonly initial: Float64Array
  /** The last time. */
  readonly end: number
  /** Number of stored times, the first one 0, equally spaced up to `end`. */
  readonly times: number
  /** Steps from one stored time to the next. */
  readonly steps: number
}

/**
 * u_t = D u_xx + R(u), periodic, by Lawson's method: the Fourier transform solves the diffusion exactly, the classical
 * Runge–Kutta method the reaction. With E the heat flow of half a step,
 *
 *     u₊ = E²u + (h/6) (E²k₁ + 2E(k₂ + k₃) + k₄),   k₁ = R(u),   k₂ = R(E(u + h k₁/2)),   k₃ = R(Eu + h k₂/2),   k₄ = R(E²u + h E k₃)
 *
 * Error: O(Δt⁴), and exponentially small in the number of nodes while they resolve the solution.
 *
 * @returns u on the grid [n, times], row-major
 * @throws INVALID_OPTION if n is not a power of two
 * @see Lawson, SIAM J. Numer. Anal. 1967
 */
export function solvePeriodicReaction(options: SolvePeriodicReactionOptions): Float64Array {
  const { diffusivity, reaction, length, initial, end, times, steps } = options
  const n = initial.length
  const h = end / ((times - 1) * steps)
  const flow = periodicDiffusion({ nodes: n, length, diffusivity, time: h / 2 })
  const u = initial.slice()
  const room = (): Float64Array => new Float64Array(n)
  const [a, b, eu, k1, k2, k3, k4] = [room(), room(), room(), room(), room(), room(), room()]
  const react = (from: Float64Array, out: Float64Array): void => {
    for (let i = 0; i < n; i++) out[i] = reaction(from[i]!)
  }
  const step = (): void => {
    react(u, k1)
    for (let i = 0; i < n; i++) a[i] = u[i]! + (h / 2) * k1[i]!
    flow(a, a)
    react(a, k2)
    flow(u, eu)
    for (let i = 0; i < n; i++) a[i] = eu[i]! + (h / 2) * k2[i]!
    react(a, k3)
    for (let i = 0; i < n; i++) a[i] = eu[i]! + h * k3[i]!
    flow(a, a)
    react(a, k4)
    // E²u + (h/6) E(E k₁ + 2 (k₂ + k₃)) by two flows.
    for (let i = 0; i < n; i++) b[i] = u[i]! + (h / 6) * k1[i]!
    flow(b, b)
    for (let i = 0; i < n; i++) b[i] = b[i]! + (h / 3) * (k2[i]! + k3[i]!)
    flow(b, u)
    for (let i = 0; i < n; i++) u[i] = u[i]! + (h / 6) * k4[i]!
  }
  const out = new Float64Array(n * times)
  for (let j = 0; j < times; j++) {
    for (let i = 0; i < n; i++) out[i * times + j] = u[i]!
    if (j < times - 1) for (let s = 0; s < steps; s++) step()
  }
  return out
}

/**
 * A solution of {@link solvePeriodicReaction} with the right end of the period, which is its left end: [n + 1, times].
 */
export function withRightEnd(u: Float64Array, times: number): Float64Array {
  const whole = new Float64Array(u.length + times)
  whole.set(u)
  whole.set(u.subarray(0, times), u.length)
  return whole
}
