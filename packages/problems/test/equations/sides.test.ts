import { type PinnProblem, key, square, sub } from '@spikeward/core'
import { describePinnProblem } from '@spikeward/testkit'
import { describe, expect, it } from 'vitest'
import { box, difference, dirichlet, disc, equationProblem, laplacian, neumann, polygon } from '../../src/index.js'
import type { EquationSpec } from '../../src/index.js'
import { codeOf } from '../support/support.js'

const corner = polygon([
  [-1, -1],
  [1, -1],
  [1, 0],
  [0, 0],
  [0, 1],
  [-1, 1],
])

/** −Δu = 0 with u = x² − y²: a flux on two sides of an L, values on the others. */
const flux = (more: Partial<EquationSpec> = {}): PinnProblem =>
  equationProblem({
    name: 'flux into an L',
    shape: corner,
    equation: 'laplace u = 0',
    residual: ({ u }) => laplacian(u),
    conditions: [
      neumann({ u: 2 }, { on: ['x = 1'] }),
      neumann({ u: -2 }, { on: ['y = -1'] }),
      dirichlet({ u: ({ x, y }) => sub(square(x), square(y)) }, { on: ['x=-1', 'x = 0', 'y = 0', 'y = 1'] }),
    ],
    exact: ([x = 0, y = 0]) => [x * x - y * y],
    points: { train: 6, test: 7, validation: 20 },
    ...more,
  })

describePinnProblem(() => flux(), { name: 'Neumann and Dirichlet sides of an L' })

/** The points and normals of the first condition, row by row. */
async function drawn(problem: PinnProblem): Promise<{ x: number[][]; normal: number[][] }> {
  const { region } = problem.physics.conditions[0]!
  const c = region.points(key(3), 200)
  if (c.kind !== 'points' || c.normal === undefined) throw new Error('points with normals expected')
  const rows = async (t: { data(): Promise<ArrayLike<number>> }): Promise<number[][]> => {
    const values = Array.from(await t.data())
    return Array.from({ length: 200 }, (_, r) => values.slice(2 * r, 2 * r + 2))
  }
  return { x: await rows(c.x), normal: await rows(c.normal) }
}

describe('a side of a shape', () => {
  it('of one coordinate has all points of the boundary there, and their normals', async () => {
    const { x, normal } = await drawn(flux({ conditions: [dirichlet({ u: 0 }, { on: ['x = 0'] })] }))
    expect(x.every(([at = 9, y = 9]) => Math.abs(at) < 1e-5 && y >= 0 && y <= 1)).toBe(true)
    expect(Math.min(...x.map(([, y = 9]) => y))).toBeLessThan(0.1)
    expect(Math.max(...x.map(([, y = -9]) => y))).toBeGreaterThan(0.9)
    expect(normal.every(([n]) => n === 1)).toBe(true)
  })

  it.each([
    ['x < 0.25', (x: number) => x < 0.25],
    ['x > -0.5', (x: number) => x > -0.5],
  ])('%s is a part of a curved boundary', async (side, holds) => {
    const shape = difference(
      box([
        [-1, 1],
        [-1, 1],
      ]),
      disc({ center: [0, 0], radius: 0.5 }),
    )
    const { x } = await drawn(flux({ shape, conditions: [dirichlet({ u: 0 }, { on: [side] })] }))
    expect(x.every(([at = NaN]) => holds(at))).toBe(true)
    expect(x.some(([a = 1, b = 1]) => Math.abs(Math.hypot(a, b) - 0.5) < 1e-5)).toBe(true)
    expect(x.some(([, b]) => b === 1)).toBe(true)
  })

  it.each(['x = 7', 'z = 0', 'x = y', 'left', 'x <'])('%s is refused if no point of the boundary is there', (side) => {
    expect(codeOf(() => flux({ conditions: [dirichlet({ u: 0 }, { on: [side] })] }))).toBe('INVALID_OPTION')
  })

  it('is refused in an empty list, which would leave out the condition', () => {
    expect(codeOf(() => flux({ conditions: [dirichlet({ u: 0 }, { on: [] })] }))).toBe('INVALID_OPTION')
  })
})
