import { type Line, nodesOf, stepOf } from '../../geometry/gridPoints.js'
import type { Advection } from './laxWendroff.js'

/**
 * u_t + a(x) u_x = 0 with a > 0, by its characteristics. With the travel time τ(x) = ∫ dξ/a(ξ) from the left end, u is
 * constant where t − τ(x) is:
 *
 *     u(x, t) = g(t − τ(x))              where t ≥ τ(x): the inflow at the left end,
 *     u(x, t) = u₀(τ⁻¹(τ(x) − t))        elsewhere: the initial values.
 *
 * τ is integrated by Simpson's rule on each cell. Between nodes, τ and its inverse come from the cubic with the values
 * and the slopes 1/a of both ends. Error O(h⁴), also at the kink that starts in the corner (0, 0), where difference
 * schemes oscillate.
 *
 * @param line the nodes on which τ is tabulated
 * @returns a function of x and of t ≥ 0
 */
export function solveAdvection({ speed, initial, inflow }: Advection, line: Line): (x: number, t: number) => number {
  const x = nodesOf(line)
  const h = stepOf(line)
  const n = line.count
  const slow = x.map((v) => 1 / speed(v))
  const tau = new Float64Array(n)
  for (let i = 1; i < n; i++)
    tau[i] = tau[i - 1]! + (h / 6) * (slow[i - 1]! + 4 / speed((x[i - 1]! + x[i]!) / 2) + slow[i]!)

  /** τ inside cell i at the fraction s, with its slope in s: Hermite's cubic. */
  const inside = (i: number, s: number): [number, number] => {
    const [a, b, da, db] = [tau[i]!, tau[i + 1]!, h * slow[i]!, h * slow[i + 1]!]
    const c = 3 * (b - a) - 2 * da - db
    const d = da + db - 2 * (b - a)
    return [a + s * (da + s * (c + s * d)), da + s * (2 * c + 3 * s * d)]
  }
  const travel = (v: number): number => {
    const i = Math.min(Math.max(Math.floor((v - line.low) / h), 0), n - 2)
    return inside(i, (v - x[i]!) / h)[0]
  }
  const back = (time: number): number => {
    let [from, to] = [0, n - 1]
    while (to - from > 1) {
      const middle = (from + to) >> 1
      if (tau[middle]! <= time) from = middle
      else to = middle
    }
    let s = (time - tau[from]!) / (tau[from + 1]! - tau[from]!)
    for (let newton = 0; newton < 8; newton++) {
      const [value, slope] = inside(from, s)
      const change = (value - time) / slope
      s -= change
      if (Math.abs(change) < 1e-14) break
    }
    return x[from]! + s * h
  }
  return (v, t) => {
    const left = t - travel(v)
    return left >= 0 ? inflow(left) : initial(back(-left))
  }
}
