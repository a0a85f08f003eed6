import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ball,
  boundaryMeasureOf,
  boundaryPoints,
  box,
  difference,
  disc,
  interiorPoints,
  intersection,
  measureOf,
  numberAlgebra,
  pointCloud,
  polygon,
  triangleMesh,
  union,
} from '../../src/index.js'
import type { Geometry } from '../../src/index.js'
import { nearestPoints } from '../../src/shapes/near/nearestPoints.js'
import type { Sequence } from '../../src/shapes/points/sequences.js'
import { codeOf } from '../support/support.js'

const { PI } = Math
const square = box([
  [-1, 1],
  [-1, 1],
])
const corner = box([
  [0, 2],
  [-2, 0],
])
const lCorners = [
  [-1, -1],
  [0, -1],
  [0, 0],
  [1, 0],
  [1, 1],
  [-1, 1],
] as const
const round = disc({ center: [0.3, -0.2], radius: 0.7 })
const mesh = triangleMesh({
  points: [-1, -1, 0, -1, 0, 0, 1, 0, 1, 1, -1, 1, -1, 0],
  triangles: [0, 1, 2, 0, 2, 6, 6, 2, 5, 2, 3, 4, 2, 4, 5],
})

/** Shapes with their areas and the lengths of their boundaries. */
const shapes: [string, Geometry, number, number][] = [
  [
    'box',
    box([
      [0, 2],
      [1, 4],
    ]),
    6,
    10,
  ],
  [
    'box in space',
    box([
      [0, 1],
      [0, 2],
      [0, 3],
    ]),
    6,
    22,
  ],
  ['disc', round, PI * 0.49, 2 * PI * 0.7],
  ['ball', ball({ center: [0, 1, 2], radius: 0.5 }), (4 / 3) * PI * 0.125, PI],
  [
    'triangle, clockwise',
    polygon([
      [0, 0],
      [0, 3],
      [4, 0],
    ]),
    6,
    12,
  ],
  ['L as a polygon', polygon(lCorners), 3, 8],
  ['L as a difference', difference(square, corner), 3, 8],
  ['L as a mesh', mesh, 3, 8],
  ['plate with a hole', difference(square, disc({ center: [0, 0], radius: 0.5 })), 4 - PI / 4, 8 + PI],
  [
    'half disc',
    intersection(
      disc({ center: [0, 0], radius: 1 }),
      box([
        [0, 2],
        [-2, 2],
      ]),
    ),
    PI / 2,
    PI + 2,
  ],
  ['square with a bump', union(square, disc({ center: [1, 0], radius: 0.5 })), 4 + PI / 8, 8 - 1 + PI / 2],
]

describe.each(shapes)('%s', (_, shape, area, length) => {
  it('has its area and the length of its boundary, by Monte Carlo within 1 %', () => {
    expect(Math.abs(measureOf(shape) / area - 1)).toBeLessThan(0.01)
    expect(Math.abs(boundaryMeasureOf(shape) / length - 1)).toBeLessThan(0.01)
  })

  it('has points inside, spread evenly, by every sequence', () => {
    for (const sequence of ['uniform', 'sobol', 'halton'] as const) {
      const x = interiorPoints(shape, 400, { sequence, key: 3 })
      const n = shape.dimension
      for (let p = 0; p < 400; p++) expect(shape.inside([...x.subarray(p * n, (p + 1) * n)])).toBe(true)
      const [a, b] = [0, 1].map((half) => x.filter((__, i) => i % n === 0 && Math.floor(i / n / 200) === half))
      const mean = (v: Float64Array): number => v.reduce((s, t) => s + t, 0) / v.length
      const [low, high] = shape.bounds[0]!
      expect(Math.abs(mean(a!) - mean(b!))).toBeLessThan(0.12 * (high - low))
    }
  })

  it('has boundary points whose unit normals point outward', () => {
    const { x, normal } = boundaryPoints(shape, 200, { key: 1 })
    const n = shape.dimension
    let checked = 0
    for (let p = 0; p < 200; p++) {
      const at = [...x.subarray(p * n, (p + 1) * n)]
      const out = [...normal.subarray(p * n, (p + 1) * n)]
      expect(Math.hypot(...out)).toBeCloseTo(1, 12)
      const moved = (by: number): boolean => shape.inside(at.map((v, i) => v + by * out[i]!))
      // At a corner, a step along the normal of one edge leaves through the other.
      if (moved(-1e-6) && !moved(1e-6)) checked++
    }
    expect(checked).toBeGreaterThan(195)
  })

  it('has a distance that is zero on the boundary and positive inside, if it has one', () => {
    const { distance } = shape
    if (distance === null) return
    const n = shape.dimension
    const at = (x: Float64Array, p: number): number => distance(numberAlgebra, [...x.subarray(p * n, (p + 1) * n)])
    const inside = interiorPoints(shape, 100)
    const { x } = boundaryPoints(shape, 100)
    for (let p = 0; p < 100; p++) {
      expect(at(inside, p)).toBeGreaterThan(0)
      expect(Math.abs(at(x, p))).toBeLessThan(1e-6)
    }
  })
})

it('unions, intersections and differences hold the points that they should', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -1.5, max: 1.5, noNaN: true }),
      fc.double({ min: -1.5, max: 1.5, noNaN: true }),
      (x, y) => {
        const [a, b] = [square.inside([x, y]), round.inside([x, y])]
        expect(union(square, round).inside([x, y])).toBe(a || b)
        expect(intersection(square, round).inside([x, y])).toBe(a && b)
        expect(difference(square, round).inside([x, y])).toBe(a && !b)
      },
    ),
  )
})

it('the first points of Sobol and Halton are the known ones', () => {
  const unit = box([
    [0, 1],
    [0, 1],
  ])
  expect([...interiorPoints(unit, 3)]).toEqual([0.5, 0.5, 0.75, 0.25, 0.25, 0.75])
  const halton = interiorPoints(unit, 3, { sequence: 'halton' })
  ;[1 / 2, 1 / 3, 1 / 4, 2 / 3, 3 / 4, 1 / 9].forEach((v, i) => expect(halton[i]).toBeCloseTo(v, 12))
})

describe('a point cloud', () => {
  /** Points in a shape and on its boundary, as another program would give them. */
  const cloudOf = (shape: Geometry, normals = true, sequence: Sequence = 'halton', count = 300): Geometry => {
    const edge = boundaryPoints(shape, count, { sequence })
    return pointCloud({
      dimension: shape.dimension,
      points: interiorPoints(shape, 1500),
      boundary: edge.x,
      ...(normals ? { normals: edge.normal } : {}),
    })
  }
  const shapes = [disc({ center: [0.3, -0.2], radius: 0.8 }), difference(square, disc({ center: [0, 0], radius: 0.4 }))]

  describe.each(['halton', 'uniform'] as const)('at %s points of the boundary', (sequence) => {
    it.each(shapes)('has the area and the length of the $name whose points it holds, within 1 %', (shape) => {
      for (const normals of [true, false]) {
        const cloud = cloudOf(shape, normals, sequence)
        expect(Math.abs(measureOf(cloud, 2 ** 12) / measureOf(shape, 2 ** 12) - 1)).toBeLessThan(0.01)
        expect(Math.abs(boundaryMeasureOf(cloud, 1) / boundaryMeasureOf(shape) - 1)).toBeLessThan(0.01)
      }
    })

    it('has the volume and the area of a ball within 1 %', () => {
      const globe = ball({ center: [0.1, 0, -0.2], radius: 0.7 })
      const found = cloudOf(globe, true, sequence, 800)
      expect(Math.abs(measureOf(found, 2 ** 12) / measureOf(globe, 2 ** 12) - 1)).toBeLessThan(0.01)
      expect(Math.abs(boundaryMeasureOf(found, 1) / (4 * Math.PI * 0.49) - 1)).toBeLessThan(0.01)
    })
  })

  it('has the area of a cube within 1 %', () => {
    const cube = cloudOf(box(Array.from({ length: 3 }, () => [0, 1] as const)), true, 'halton', 2000)
    expect(Math.abs(boundaryMeasureOf(cube, 1) / 6 - 1)).toBeLessThan(0.01)
  })

  it('has the area of two faces, however thin the plate between them, and each point may be given twice', () => {
    const at = Array.from({ length: 144 }, (_, i) => [((i % 12) + 0.5) / 12, (Math.floor(i / 12) + 0.5) / 12] as const)
    for (const [thickness, times] of [
      [0.3, 1],
      [0.01, 2],
    ] as const) {
      const repeated = (v: number[]): number[] => (times === 1 ? v : [...v, ...v])
      const plate = pointCloud({
        dimension: 3,
        points: repeated(at.flatMap(([x, y]) => [x, y, thickness / 2])),
        boundary: repeated(at.flatMap(([x, y]) => [x, y, 0, x, y, thickness])),
        normals: repeated(at.flatMap(() => [0, 0, -1, 0, 0, 2])),
      })
      expect(boundaryMeasureOf(plate, 1)).toBeCloseTo(2, 9)
      expect(plate.boundary).toHaveLength(288)
      expect(plate.inside([6.5 / 12, 6.5 / 12, 0.6 * thickness])).toBe(true)
    }
  })

  it('gives points at one place the mean of their normals', () => {
    const boundary = [0, 0, 1, 0, 1, 1, 0, 1, 0, 0]
    const normals = [-1, 0, 1, -1, 1, 1, -1, 1, 0, -3]
    const { x, normal } = pointCloud({
      dimension: 2,
      points: [0.5, 0.5, 0.5, 0.6, 0.4, 0.5],
      boundary,
      normals,
    }).boundary[0]!.at([0])
    expect(x).toEqual([0, 0])
    normal.forEach((v) => expect(v).toBeCloseTo(-Math.SQRT1_2, 12))
  })

  it('tells inside from outside of a disc, except within a hundredth of its boundary', () => {
    const cloud = cloudOf(shapes[0]!)
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1.2, noNaN: true }),
        fc.double({ min: 0, max: 6.3, noNaN: true }),
        (r, a) => {
          fc.pre(Math.abs(r - 0.8) > 0.01)
          expect(cloud.inside([0.3 + r * Math.cos(a), -0.2 + r * Math.sin(a)])).toBe(r < 0.8)
        },
      ),
    )
  })

  it('finds normals from neighbours, within 0.1', () => {
    const [given, found] = [cloudOf(shapes[0]!), cloudOf(shapes[0]!, false)]
    given.boundary.forEach((piece, i) => {
      const [a, b] = [piece.at([0]).normal, found.boundary[i]!.at([0]).normal]
      expect(Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!)).toBeLessThan(0.1)
    })
  })

  it('is right where the points of the inside include those of the boundary, in either order', () => {
    const edge = boundaryPoints(disc({ center: [0, 0], radius: 1 }), 60, { sequence: 'halton' }).x
    const points = [...edge, ...interiorPoints(disc({ center: [0, 0], radius: 0.95 }), 400)]
    for (const all of [points, [...points.slice(120), ...points.slice(0, 120)]]) {
      const cloud = pointCloud({ dimension: 2, points: all, boundary: edge })
      for (const piece of cloud.boundary) {
        const { x, normal } = piece.at([0])
        expect(x[0]! * normal[0]! + x[1]! * normal[1]!).toBeGreaterThan(0.9)
      }
      for (let i = 120; i < points.length; i += 2) expect(cloud.inside(points.slice(i, i + 2))).toBe(true)
    }
    expect(codeOf(() => pointCloud({ dimension: 2, points: edge, boundary: edge }))).toBe('INVALID_OPTION')
  })

  it('finds the same nearest points as a comparison of all, of equally near ones the first', () => {
    const rng = fc.integer({ min: 0, max: 6 })
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 3 }).chain((d) => {
          const point = fc.array(rng, { minLength: d, maxLength: d })
          return fc.tuple(fc.array(point, { minLength: 5, maxLength: 60 }), point)
        }),
        fc.integer({ min: 1, max: 4 }),
        ([points, x], k) => {
          const all = points.map((p, index) => ({
            index,
            distance: Math.sqrt(p.reduce((s, v, a) => s + (v - x[a]!) ** 2, 0)),
          }))
          const expected = all
            .filter(({ index }) => index !== 3)
            .sort((a, b) => a.distance - b.distance || a.index - b.index)
          expect(nearestPoints(points)(x, k, 3)).toEqual(expected.slice(0, k))
        },
      ),
    )
  })

  it('without a boundary reaches beyond its points by less than twice their spacing, and refuses what does not fit', () => {
    const cloud = pointCloud({ dimension: 2, points: [0, 0, 1, 0, 0, 1, 1, 1] })
    expect([cloud.inside([0.5, 0.5]), cloud.inside([-1.4, 0]), cloud.inside([-1.6, 0])]).toEqual([true, true, false])
    expect(cloud.boundary).toEqual([])
    const points = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]
    for (const bad of [
      () => pointCloud({ dimension: 2, points: [0, 0, 1, 1] }),
      () => pointCloud({ dimension: 2, points: [0, 0, 1, 1, 2] }),
      () => pointCloud({ dimension: 3, points, boundary: points }),
      () => pointCloud({ dimension: 3, points, boundary: points, normals: [1, 0, 0] }),
      () => pointCloud({ dimension: 2, points: [0, 0, 1, 1, 2, NaN] }),
    ])
      expect(codeOf(bad)).toBe('INVALID_OPTION')
  })
})

it('refuses shapes that enclose nothing', () => {
  for (const wrong of [
    () => ball({ center: [0, 0], radius: 0 }),
    () => ball({ center: [0], radius: 1 }),
    () => box([[1, 0]]),
    () =>
      polygon([
        [0, 0],
        [1, 1],
      ]),
    () =>
      polygon([
        [0, 0],
        [1, 1],
        [1, 0],
        [0, 1],
      ]),
    () => triangleMesh({ points: [0, 0, 1, 0], triangles: [0, 1, 2] }),
    () => triangleMesh({ points: [0, 0, 1, 0, 2, 0], triangles: [0, 1, 2] }),
    () => intersection(square, disc({ center: [5, 0], radius: 1 })),
    () => union(square, ball({ center: [0, 0, 0], radius: 1 })),
    () =>
      interiorPoints(
        difference(
          square,
          box([
            [-2, 2],
            [-2, 2],
          ]),
        ),
        1,
      ),
  ])
    expect(codeOf(wrong)).toBe('INVALID_OPTION')
})
