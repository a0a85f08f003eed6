import { SpikewardError } from '@spikeward/core'
import { type Line, nodesOf, stepOf } from '../../geometry/gridPoints.js'
import { solveTridiagonal } from '../../numerics/solveBanded.js'

/** The input of {@link solveReactionDiffusion}. */
export type ReactionDiffusion = {
  readonly diffusivity: number
  /** k of the term + k u². */
  readonly reaction: number
  readonly x: Line
  readonly t: Line
  /** f at all nodes of x, at one time. Called with every time that the method needs. */
  readonly source: (t: number, x: Float64Array) => Float64Array
  /** u at the nodes of x at the first time; default 0. */
  readonly initial?: Float64Array
}

/**
 * u_t = D u_xx + **plus** k u² + f, zero at both ends, by implicit differences:
 *
 *     (uⁿ⁺¹ − uⁿ)/Δt = θ F(uⁿ⁺¹, tⁿ⁺¹) + (1 − θ) F(uⁿ, tⁿ),   F(u, t)ᵢ = D (uᵢ₋₁ − 2uᵢ + uᵢ₊₁)/h² + k uᵢ² + f(xᵢ, t)
 *
 * with θ = ½ (Crank–Nicolson). The first step consists of four quarter steps with θ = 1 (backward Euler), which damp
 * the oscillations from the corner between initial and boundary values (Rannacher's start). Newton's method solves each
 * step. Error O(h² + Δt²).
 *
 * The sign matters: a widely copied reference solver moves k u² to the other side and so solves for −k.
 *
 * @returns u on the grid [x, t], row-major
 * @throws SOLVER_DIVERGED if Newton's method does not converge: the solution blows up, or Δt is too large
 */
export function solveReactionDiffusion(problem: ReactionDiffusion): Float64Array {
  const { x: line, t: time, source } = problem
  const x = nodesOf(line)
  const t = nodesOf(time)
  const n = line.count
  const dt = stepOf(time)
  let u: Float64Array = problem.initial?.slice() ?? new Float64Array(n)
  const out = new Float64Array(n * time.count)
  const store = (j: number): void => {
    for (let i = 0; i < n; i++) out[i * time.count + j] = u[i]!
  }
  store(0)
  let f = source(t[0]!, x)
  for (let j = 1; j < time.count; j++) {
    const parts = j === 1 ? 4 : 1
    for (let s = 1; s <= parts; s++) {
      const next = source(t[j - 1]! + (dt * s) / parts, x)
      u = step(problem, u, f, next, dt / parts, parts === 1 ? 0.5 : 1)
      f = next
    }
    store(j)
  }
  return out
}

/** One step of the θ method. */
function step(
  { diffusivity, reaction: k, x: line, t }: ReactionDiffusion,
  u: Float64Array,
  f: Float64Array,
  fNext: Float64Array,
  dt: number,
  theta: number,
): Float64Array {
  const inner = line.count - 2
  const d = diffusivity / stepOf(line) ** 2
  const rate = (v: Float64Array, g: Float64Array, i: number): number =>
    d * (v[i - 1]! - 2 * v[i]! + v[i + 1]!) + k * v[i]! ** 2 + g[i]!
  const known = new Float64Array(inner)
  for (let i = 0; i < inner; i++) known[i] = u[i + 1]! + (1 - theta) * dt * rate(u, f, i + 1)
  const v = u.slice()
  v[0] = v[line.count - 1] = 0
  const side = new Float64Array(inner).fill(-theta * dt * d)
  for (let newton = 0; newton < 20; newton++) {
    // J δ = −G with G(v) = v − θ Δt F(v) − known.
    const delta = new Float64Array(inner)
    const diagonal = new Float64Array(inner)
    for (let i = 0; i < inner; i++) {
      delta[i] = known[i]! - v[i + 1]! + theta * dt * rate(v, fNext, i + 1)
      diagonal[i] = 1 + theta * dt * (2 * d - 2 * k * v[i + 1]!)
    }
    solveTridiagonal(side, diagonal, side, delta)
    let change = 0
    let size = 1
    for (let i = 0; i < inner; i++) {
      v[i + 1]! += delta[i]!
      change = Math.max(change, Math.abs(delta[i]!))
      size = Math.max(size, Math.abs(v[i + 1]!))
    }
    if (!Number.isFinite(change)) break
    if (change <= 1e-12 * size) return v
  }
  throw new SpikewardError(
    'SOLVER_DIVERGED',
    `reaction-diffusion: Newton's method found no solution of a step of ${dt} before t = ${t.high}; ` +
      'k u² makes solutions blow up in finite time; give a smaller source, a smaller k, or more time steps',
  )
}
