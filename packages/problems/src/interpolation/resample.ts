import type { HostCoords } from '@spikeward/core'
import { pointsOf } from '../geometry/coordinates.js'
import { type Line, stepOf } from '../geometry/gridPoints.js'

/**
 * The first of four neighbouring nodes of a point, and the weights of the cubic through them. At a node the weights are
 * exactly 1 and
 * 0. A line of fewer than four nodes is interpolated linearly.
 */
function stencil(line: Line, x: number): { first: number; weights: number[] } {
  const s = (x - line.low) / stepOf(line)
  const nearest = Math.round(s)
  // Rounding: a point within 1e-9 cells of a node counts as the node.
  const at = Math.abs(s - nearest) < 1e-9 ? nearest : s
  if (line.count < 4) {
    const first = Math.min(Math.max(Math.floor(at), 0), line.count - 2)
    return { first, weights: [1 - (at - first), at - first] }
  }
  const first = Math.min(Math.max(Math.floor(at) - 1, 0), line.count - 4)
  const t = at - first - 1
  return {
    first,
    weights: [
      (-t * (t - 1) * (t - 2)) / 6,
      ((t + 1) * (t - 1) * (t - 2)) / 2,
      (-(t + 1) * t * (t - 2)) / 2,
      ((t + 1) * t * (t - 1)) / 6,
    ],
  }
}

/**
 * Interpolates a solution from the nodes of its solver to other points, by tensor products of cubics: error O(h⁴),
 * exact at nodes.
 *
 * @param values on the grid of `lines`, row-major
 * @param lines the nodes along each axis
 */
export function resample(values: Float64Array, lines: readonly Line[], at: HostCoords): Float64Array {
  const { x, axes } = pointsOf(at)
  const out = new Float64Array(x.length / axes)
  const cache = lines.map(() => new Map<number, ReturnType<typeof stencil>>())
  const descend = (p: number, axis: number, offset: number): number => {
    const line = lines[axis]!
    const v = x[p * axes + axis]!
    let s = cache[axis]!.get(v)
    if (!s) cache[axis]!.set(v, (s = stencil(line, v)))
    let sum = 0
    for (const [k, w] of s.weights.entries()) {
      if (w === 0) continue
      const next = offset * line.count + s.first + k
      sum += w * (axis === lines.length - 1 ? values[next]! : descend(p, axis + 1, next))
    }
    return sum
  }
  for (let p = 0; p < out.length; p++) out[p] = descend(p, 0, 0)
  return out
}
