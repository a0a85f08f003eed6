import { type Coords, type Tensor, add, cast, clip, floor, mul, reshape, sub, take, transpose } from '@spikeward/core'
import { alignToAxis, axisCount, flatCoordinate } from '../geometry/coordinates.js'
import { type Line, stepOf } from '../geometry/gridPoints.js'

/** The four weights of the cubic through nodes −1, 0, 1, 2 at t, and the index of node −1. */
function stencil(x: Tensor, line: Line): { first: Tensor; weights: Tensor[] } {
  const s = mul(sub(x, line.low), 1 / stepOf(line))
  const base = clip(floor(s), 1, line.count - 3)
  const t = sub(s, base)
  const [before, after, next] = [add(t, 1), sub(t, 1), sub(t, 2)]
  const product = (a: Tensor, b: Tensor, d: Tensor, scale: number): Tensor => mul(mul(mul(a, b), d), scale)
  return {
    first: cast(sub(base, 1), 'i32'),
    weights: [
      product(t, after, next, -1 / 6),
      product(before, after, next, 1 / 2),
      product(before, t, next, -1 / 2),
      product(before, t, after, 1 / 6),
    ],
  }
}

/**
 * Interpolates input functions of one variable from equally spaced sensors to the coordinates of `c` along one axis, by
 * the cubic through four neighbouring sensors: error O(h⁴). The first derivative in the coordinates has error O(h³).
 *
 * @param f [N, m], at the nodes of `line`, m ≥ 4
 * @param c coordinates of the field
 * @param axis the axis of `c` on which f depends
 * @returns broadcasts against a field at `c`: [N, P], or [N, nₐ, 1, …] on a grid
 */
export function interpolate1d(f: Tensor, line: Line, c: Coords, axis: number): Tensor {
  const { first, weights } = stencil(flatCoordinate(c, axis), line)
  const columns = transpose(f)
  const terms = weights.map((w, k) => mul(transpose(take(columns, add(first, k))), w))
  const values = alignToAxis(terms.reduce(add), c, axis)
  if (c.kind === 'points') return values
  // [N, nₐ, 1…] to [N, 1…, nₐ, 1…].
  const [n, ...rest] = values.shape
  return reshape(values, [n!, ...new Array<number>(axis).fill(1), ...rest])
}

/**
 * Interpolates input functions of two variables from a square grid of sensors to the coordinates of `c` along its first
 * two axes.
 *
 * @param f [N, m²], the second variable running fastest
 * @param line the nodes along both variables
 * @returns broadcasts against a field at `c`: [N, P], or [N, n₀, n₁, 1, …] on a grid
 */
export function interpolate2d(f: Tensor, line: Line, c: Coords): Tensor {
  const m = line.count
  const n = f.shape[0]!
  const [a, b] = [stencil(flatCoordinate(c, 0), line), stencil(flatCoordinate(c, 1), line)]
  const columns = transpose(f)
  const terms: Tensor[] = []
  for (let i = 0; i < 4; i++)
    for (let j = 0; j < 4; j++) {
      const rows = mul(add(a.first, i), m)
      const [wa, wb] = [a.weights[i]!, b.weights[j]!]
      if (c.kind === 'points') {
        terms.push(mul(transpose(take(columns, add(rows, add(b.first, j)))), mul(wa, wb)))
        continue
      }
      const [na, nb] = [wa.size, wb.size]
      const index = add(reshape(rows, [na, 1]), reshape(add(b.first, j), [1, nb]))
      const values = transpose(take(columns, index), [2, 0, 1])
      terms.push(mul(values, mul(reshape(wa, [na, 1]), wb)))
    }
  const values = terms.reduce((x, y) => add(x, y))
  if (c.kind === 'points') return values
  return reshape(values, [n, values.shape[1]!, values.shape[2]!, ...new Array<number>(axisCount(c) - 2).fill(1)])
}
