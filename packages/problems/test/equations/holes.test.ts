/** Polygons with holes, and the parts of a boundary that have names. */
import { type PinnProblem, key } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import {
  boundaryMeasureOf,
  boundaryPoints,
  dirichlet,
  equationProblem,
  laplacian,
  measureOf,
  neumann,
  numberAlgebra,
  polygon,
} from '../../src/index.js'
import type { Geometry } from '../../src/index.js'
import { codeOf } from '../support/support.js'

type Corners = readonly (readonly [number, number])[]
const square = (low: number, high: number): Corners => [
  [low, low],
  [high, low],
  [high, high],
  [low, high],
]
const turned = (corners: Corners): Corners => [...corners].reverse()
/** A triangle of area 0.5 in the square from 0 to 4. */
const triangle: Corners = [
  [2.5, 2.5],
  [3.5, 2.5],
  [2.5, 3.5],
]

describe.each([
  ['as given', square(0, 4), [square(0.5, 2), triangle]],
  ['turned', turned(square(0, 4)), [turned(square(0.5, 2)), turned(triangle)]],
])('a polygon with two holes, %s', (_, corners, holes) => {
  const shape = polygon(corners, { holes })

  it('has the area and the boundary of its parts, by Monte Carlo within 1 %', () => {
    expect(Math.abs(measureOf(shape) / (16 - 2.25 - 0.5) - 1)).toBeLessThan(0.01)
    expect(Math.abs(boundaryMeasureOf(shape) / (16 + 6 + 2 + Math.SQRT2) - 1)).toBeLessThan(0.01)
  })

  it('has normals that leave it, and a distance that is positive inside alone', () => {
    const { x, normal } = boundaryPoints(shape, 200)
    for (let p = 0; p < 200; p++) {
      const at = (by: number): number[] => [0, 1].map((a) => x[2 * p + a]! + by * normal[2 * p + a]!)
      expect(shape.inside(at(-1e-6))).toBe(true)
      expect(shape.inside(at(1e-6))).toBe(false)
      expect(shape.distance!(numberAlgebra, at(0))).toBeLessThan(1e-8)
      expect(shape.distance!(numberAlgebra, at(-0.1))).toBeGreaterThan(0.01)
    }
  })
})

describe('a hole', () => {
  it.each([
    ['outside', [square(5, 6)]],
    ['that crosses the outline', [square(3, 5)]],
    ['within another', [square(1, 3), square(1.5, 2)]],
    ['that crosses another', [square(1, 2), square(1.5, 3)]],
    ['equal to another', [square(1, 2), square(1, 2)]],
    ['equal to another and turned', [triangle, turned(triangle)]],
    ['beside another with a common edge', [square(1, 2), square(1, 2).map(([x, y]) => [x + 1, y + 0.5] as const)]],
    ['with an edge on the outline', [square(0, 1)]],
    ['of two corners', [square(1, 2).slice(0, 2)]],
  ])('%s is refused', (_, holes) => {
    expect(codeOf(() => polygon(square(0, 4), { holes }))).toBe('INVALID_OPTION')
  })
})

it('holes that touch in a corner are accepted', () => {
  expect(polygon(square(0, 4), { holes: [square(1, 2), square(2, 3)] }).boundary).toHaveLength(12)
})

/** −Δu = 0 with conditions on two parts. */
const onParts = (shape: Geometry, on: readonly string[]): PinnProblem =>
  equationProblem({
    name: 'parts',
    shape,
    equation: 'laplace u = 0',
    residual: ({ u }) => laplacian(u),
    conditions: [dirichlet({ u: 0 }, { on }), neumann({ u: 0 }, { on: ['outline'] })],
  })

describe('a part of a boundary', () => {
  const shape = polygon(square(0, 4), { holes: [square(0.5, 2), triangle] })

  it('is named in a condition, and has all of its points', async () => {
    const { region, name } = onParts(shape, ['hole 1']).physics.conditions[0]!
    const c = region.points(key(1), 300)
    if (c.kind !== 'points') throw new Error('points expected')
    const x = await c.x.data()
    expect(name).toContain('hole 1')
    for (let p = 0; p < 300; p++) {
      const [a, b] = [Number(x[2 * p]), Number(x[2 * p + 1])]
      expect(Math.min(...[a, b].flatMap((v) => [Math.abs(v - 0.5), Math.abs(v - 2)]))).toBeLessThan(1e-5)
      expect(Math.max(a, b)).toBeLessThan(2.001)
    }
  })

  it('is listed where another name is given', () => {
    expect(() => onParts(shape, ['hole 3'])).toThrow(/'outline', 'hole 1', 'hole 2'/)
  })
})
