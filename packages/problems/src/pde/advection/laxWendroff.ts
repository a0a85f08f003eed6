import { SpikewardError } from '@spikeward/core'
import { type Line, nodesOf, stepOf } from '../../geometry/gridPoints.js'

/** An advection problem: the input of both solvers. */
export type Advection = {
  /** a(x) > 0. */
  readonly speed: (x: number) => number
  readonly initial: (x: number) => number
  /** u at the left end, where the flow enters. */
  readonly inflow: (t: number) => number
}

/**
 * u_t + a(x) u_x = 0 with a > 0, by the scheme of Lax and Wendroff: two terms of the Taylor series in time, with u_tt =
 * a (a u_x)_x, and central differences in space. At the right end, where the flow leaves, a ghost node continues the
 * solution by a parabola. Error O(h² + Δt²) if the solution is smooth; at a kink it oscillates. The problem uses
 * `solveAdvection`, which does not oscillate; this solver checks that one.
 *
 * @returns u on the grid [x, t], row-major
 * @throws UNSTABLE_STEP if max a · Δt/h > 1
 */
export function laxWendroff({ speed, initial, inflow }: Advection, line: Line, time: Line): Float64Array {
  const x = nodesOf(line)
  const t = nodesOf(time)
  const n = line.count
  const h = stepOf(line)
  const r = stepOf(time) / h
  const a = x.map(speed)
  const between = Float64Array.from({ length: n }, (_, i) => speed(x[i]! + h / 2))
  const faster = (m: number, v: number): number => Math.max(m, v)
  const courant = r * between.reduce(faster, a.reduce(faster))
  if (!(courant <= 1))
    throw new SpikewardError(
      'UNSTABLE_STEP',
      `laxWendroff: a Courant number of ${courant.toFixed(2)}; above 1 the scheme is unstable; use ${Math.ceil(courant * (time.count - 1)) + 1} times or more`,
    )
  let u = new Float64Array(n + 1)
  const out = new Float64Array(n * time.count)
  x.forEach((v, i) => (u[i] = initial(v)))
  for (let j = 0; ; j++) {
    for (let i = 0; i < n; i++) out[i * time.count + j] = u[i]!
    if (j === time.count - 1) return out
    u[n] = 3 * u[n - 1]! - 3 * u[n - 2]! + u[n - 3]!
    const next = new Float64Array(n + 1)
    next[0] = inflow(t[j + 1]!)
    for (let i = 1; i < n; i++) {
      const flux = between[i]! * (u[i + 1]! - u[i]!) - between[i - 1]! * (u[i]! - u[i - 1]!)
      next[i] = u[i]! - (r / 2) * a[i]! * (u[i + 1]! - u[i - 1]!) + (r * r * a[i]! * flux) / 2
    }
    u = next
  }
}
