import { type Domain, SpikewardError } from '@spikeward/core'
import { type Algebra, type BoundaryPiece, type Geometry, meet } from './geometry.js'

/**
 * A box, as `[low, high]` for each axis. Its distance function is the product of (x − a)(b − x)/(b − a) over the axes.
 *
 * @throws INVALID_OPTION
 * @example box([[0, 1], [0, 2]])
 */
export function box(domain: Domain): Geometry {
  if (domain.length === 0 || domain.some(([a, b]) => !(a < b && Number.isFinite(b - a)))) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `a box of ${JSON.stringify(domain)}; give [low, high] for each axis, low below high`,
    )
  }
  const dimension = domain.length
  const each = <T>(a: Algebra<T>, x: readonly T[]): T[] =>
    x.map((v, i) => {
      const [low, high] = domain[i]!
      const between = a.mul(a.sub(v, a.constant(low)), a.sub(a.constant(high), v))
      return a.mul(between, a.constant(1 / (high - low)))
    })
  const faces = domain.flatMap(([low, high], axis) =>
    [low, high].map((value, end): BoundaryPiece => {
      const others = domain.filter((_, i) => i !== axis)
      return {
        size: others.reduce((product, [a, b]) => product * (b - a), 1),
        at(s) {
          const rest = others.map(([a, b], i) => a + (b - a) * s[i]!)
          return {
            x: [...rest.slice(0, axis), value, ...rest.slice(axis)],
            normal: domain.map((_, i) => (i === axis ? (end === 0 ? -1 : 1) : 0)),
          }
        },
        keeps: () => true,
      }
    }),
  )
  return {
    name: 'box',
    dimension,
    bounds: domain,
    inside: (x) => x.every((v, i) => v >= domain[i]![0] && v <= domain[i]![1]),
    boundary: faces,
    distance: (a, x) => each(a, x).reduce((p, q) => a.mul(p, q)),
    level: (a, x) => each(a, x).reduce((p, q) => meet(a, p, q)),
  }
}
