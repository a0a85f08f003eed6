import { describe, expect, test } from 'vitest'
import { scatteredField } from '../src/scattered/scatteredField.js'
import { type Triangle, triangulate } from '../src/scattered/triangulate.js'

type Points = readonly (readonly [number, number])[]

const areaOf = (points: Points, [a, b, c]: Triangle): number => {
  const [[ax, ay], [bx, by], [cx, cy]] = [points[a]!, points[b]!, points[c]!]
  return ((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2
}
const total = (points: Points, triangles: readonly Triangle[]): number =>
  triangles.reduce((sum, t) => sum + Math.abs(areaOf(points, t)), 0)

const corners: Points = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
]
/** Points in the unit square, with its corners: a sequence of its own for each number. */
function inSquare(number: number): Points {
  let state = number + 1
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  return [...corners, ...Array.from({ length: 1 + (number % 50) }, () => [next(), next()] as const)]
}
const numbers = Array.from({ length: 100 }, (_, i) => i)

describe('triangulate', () => {
  test('the triangles of points and the corners around them cover the square once', () => {
    const areas = numbers.map(inSquare).map((points) => total(points, triangulate(points.flat())))
    expect(Math.max(...areas.map((area) => Math.abs(area - 1)))).toBeLessThan(1e-4)
  })

  test('no point is inside the circle through the corners of a triangle', () => {
    let worst = -Infinity
    for (const points of numbers.map(inSquare))
      for (const t of triangulate(points.flat())) {
        const [a, b, c] = t.map((i) => points[i]!) as [Points[0], Points[0], Points[0]]
        const side = Math.sign(areaOf(points, t))
        for (const [x, y] of points) {
          const [p, q, r] = [a, b, c].map(([u, v]) => [u - x, v - y, (u - x) ** 2 + (v - y) ** 2])
          const inside =
            p![0]! * (q![1]! * r![2]! - q![2]! * r![1]!) -
            p![1]! * (q![0]! * r![2]! - q![2]! * r![0]!) +
            p![2]! * (q![0]! * r![1]! - q![1]! * r![0]!)
          worst = Math.max(worst, side * inside)
        }
      }
    expect(worst).toBeLessThan(1e-6)
  })

  test('points of a grid, of which many are on one circle, and copies', () => {
    const grid: Points = Array.from({ length: 11 * 7 }, (_, i) => [i % 11, Math.floor(i / 11)])
    expect(total(grid, triangulate(grid.flat()))).toBeCloseTo(60, 2)
    const twice = [...grid, ...grid]
    const triangles = triangulate(twice.flat())
    expect(total(twice, triangles)).toBeCloseTo(60, 2)
    expect(triangles).toHaveLength(triangulate(grid.flat()).length)
  })

  test('points on a line, and too few points, have no triangles', () => {
    expect(triangulate([0, 0, 1, 2, 2, 4, 3, 6])).toEqual([])
    expect(triangulate([0, 0, 1, 1])).toEqual([])
    expect(triangulate([])).toEqual([])
    expect(triangulate([1, 1, 1, 1, 1, 1])).toEqual([])
    // On a line to within rounding.
    expect(triangulate(Array.from({ length: 40 }, (_, i) => [i * 0.1, Math.PI - i * 0.3]).flat())).toEqual([])
  })

  test('a point that is not finite belongs to no triangle', () => {
    const triangles = triangulate([Number.NaN, 0, ...corners.flat(), 0.5, Infinity])
    expect(triangles).toHaveLength(2)
    expect(triangles.flat().every((i) => i >= 1 && i <= 4)).toBe(true)
  })
})

describe('scatteredField', () => {
  const ring = {
    inside: ([x, y]: readonly [number, number]): boolean => Math.hypot(x, y) <= 1 && Math.hypot(x, y) >= 0.5,
    boundary: [
      Array.from({ length: 65 }, (_, i) => [Math.cos((i * Math.PI) / 32), Math.sin((i * Math.PI) / 32)] as const),
    ],
  }
  const points = Array.from({ length: 900 }, (_, i): readonly [number, number] => [
    (i % 30) / 14.5 - 1,
    Math.floor(i / 30) / 14.5 - 1,
  ]).filter(ring.inside)
  const linear = ([x, y]: readonly [number, number]): number => 3 * x - 2 * y + 1

  test('a linear function is reproduced in the triangles, and nearly in the rim outside of them', () => {
    const { values, outside, shape, domain } = scatteredField(points.flat(), ring)!(points.map(linear))
    const [[left, right], [low, high]] = domain
    expect([left, right, low, high]).toEqual([-1, 1, -1, 1].map((v) => expect.closeTo(v, 9) as number))
    let [exact, wrong, most] = [0, 0, 0]
    let inside = 0
    for (let i = 0; i < shape[0]; i++)
      for (let j = 0; j < shape[1]; j++) {
        const at = [
          left + ((right - left) * (i + 0.5)) / shape[0],
          low + ((high - low) * (j + 0.5)) / shape[1],
        ] as const
        if ((outside![i * shape[1] + j] === 0) !== ring.inside(at)) wrong++
        if (!ring.inside(at)) continue
        const error = Math.abs(values[i * shape[1] + j]! - linear(at))
        most = Math.max(most, error)
        inside++
        if (error < 1e-6) exact++
      }
    expect([wrong, most < 0.4]).toEqual([0, true])
    expect(exact / inside).toBeGreaterThan(0.85)
  })

  test('without a shape, the triangles are the domain; a value that is not a number stays one', () => {
    const field = scatteredField([0, 0, 1, 0, 0, 1], null)!([1, 2, Number.NaN])
    const [n, m] = field.shape
    expect(field.outside![0]).toBe(0)
    expect(field.outside![n * m - 1]).toBe(1)
    expect(field.values[0]).toBeNaN()
    expect(scatteredField([0, 0, 1, 1, 2, 2], null)).toBeNull()
  })
})
