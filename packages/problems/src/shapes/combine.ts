import { SpikewardError } from '@spikeward/core'
import { type Algebra, type BoundaryPiece, type Geometry, join, meet } from './geometry.js'

/** The points of either shape. */
export const union = (a: Geometry, b: Geometry): Geometry =>
  combined('union', a, b, {
    inside: (p, q) => p || q,
    bounds: (i) => [Math.min(a.bounds[i]![0], b.bounds[i]![0]), Math.max(a.bounds[i]![1], b.bounds[i]![1])],
    boundary: [...pieces(a, (x) => !b.inside(x)), ...pieces(b, (x) => !a.inside(x))],
    level: both(a, b, (g, p, q) => join(g, p, q)),
  })

/** The points of both shapes. */
export const intersection = (a: Geometry, b: Geometry): Geometry =>
  combined('intersection', a, b, {
    inside: (p, q) => p && q,
    bounds: (i) => [Math.max(a.bounds[i]![0], b.bounds[i]![0]), Math.min(a.bounds[i]![1], b.bounds[i]![1])],
    boundary: [...pieces(a, (x) => b.inside(x)), ...pieces(b, (x) => a.inside(x))],
    level: both(a, b, (g, p, q) => meet(g, p, q)),
  })

/** The points of the first shape that are not in the second. */
export const difference = (a: Geometry, b: Geometry): Geometry =>
  combined('difference', a, b, {
    inside: (p, q) => p && !q,
    bounds: (i) => a.bounds[i]!,
    boundary: [...pieces(a, (x) => !b.inside(x)), ...pieces(b, (x) => a.inside(x)).map(turned)],
    level: both(a, b, (g, p, q) => meet(g, p, g.sub(g.constant(0), q))),
  })

type Rules = {
  readonly inside: (inA: boolean, inB: boolean) => boolean
  readonly bounds: (axis: number) => readonly [number, number]
  readonly boundary: readonly BoundaryPiece[]
  readonly level: Geometry['level']
}

function combined(name: string, a: Geometry, b: Geometry, { inside, bounds, boundary, level }: Rules): Geometry {
  const box = a.bounds.map((_, i) => bounds(i))
  if (a.dimension !== b.dimension || box.some(([low, high]) => !(low < high))) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `the ${name} of a ${a.name} in ${a.dimension} dimensions and a ${b.name} in ${b.dimension}; ` +
        'give shapes of the same dimension whose combination is not empty',
    )
  }
  return {
    name: `${name} of ${a.name} and ${b.name}`,
    dimension: a.dimension,
    bounds: box,
    inside: (x) => inside(a.inside(x), b.inside(x)),
    boundary,
    distance: level,
    level,
  }
}

const pieces = (shape: Geometry, keeps: (x: readonly number[]) => boolean): BoundaryPiece[] =>
  shape.boundary.map((piece) => ({ ...piece, keeps: (x) => piece.keeps(x) && keeps(x) }))

const turned = (piece: BoundaryPiece): BoundaryPiece => ({
  ...piece,
  at(s) {
    const { x, normal } = piece.at(s)
    return { x, normal: normal.map((n) => -n) }
  },
})

function both(a: Geometry, b: Geometry, rule: <T>(g: Algebra<T>, p: T, q: T) => T): Geometry['level'] {
  const [first, second] = [a.level, b.level]
  return first === null || second === null ? null : (g, x) => rule(g, first(g, x), second(g, x))
}
