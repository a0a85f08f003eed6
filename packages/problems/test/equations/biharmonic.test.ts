import { add, collapsedJet, exp, jet, mul, reshape, sin, slice, stack, sub, tensor } from '@spikeward/core'
import type { Coords, DerivativeOrder, Field, Tensor } from '@spikeward/core'
import { describePinnProblem } from '@spikeward/testkit'
import { describe, expect, it } from 'vitest'
import { biharmonic, dirichlet, equationProblem } from '../../src/index.js'
import { componentsOf } from '../../src/equations/component.js'

const { PI } = Math
const xOf = (c: Coords): Tensor => (c as { readonly x: Tensor }).x
const column = (x: Tensor, a: number): Tensor => reshape(slice(x, [0, a], [x.shape[0]!, a + 1]), [1, -1])

/** exp(x₀/2) sin(2x₁ + 0.3x₂ …), and twice of it. */
const waves = (x: Tensor): Tensor => {
  const rates = [0, 2, 0.3].slice(0, x.shape[1])
  const phase = rates.map((k, a) => mul(column(x, a), k)).reduce((a, b) => add(a, b))
  const u = mul(exp(mul(column(x, 0), 0.5)), sin(phase))
  return stack([u, mul(u, 2)], 2)
}

const along = (x: Tensor, v: readonly number[]): Tensor => add(mul(x, 0), tensor([...v], { dtype: 'f64' }))
/** By Taylor mode, along one axis after another. */
const partial = (u: (x: Tensor) => Tensor, orders: readonly number[]): ((x: Tensor) => Tensor) =>
  orders.reduce(
    (f, order, axis) =>
      order === 0
        ? f
        : (x) =>
            jet(
              f,
              [x],
              [
                along(
                  x,
                  orders.map((_, a) => (a === axis ? 1 : 0)),
                ),
              ],
              order,
            )[order]!,
    u,
  )
const byAxes: Field = {
  at: (c) => waves(xOf(c)),
  d: (c, axis, order: DerivativeOrder = 1) =>
    partial(
      waves,
      Array.from({ length: xOf(c).shape[1]! }, (_, a) => (a === axis ? order : 0)),
    )(xOf(c)),
  mixed: (c, orders) => partial(waves, orders)(xOf(c)),
}
const asked: number[] = []
const byDirections: Field = {
  ...byAxes,
  directional(c, directions, order) {
    asked.push(directions.length)
    const x = xOf(c)
    return collapsedJet(
      waves,
      [x],
      directions.map((v) => [along(x, v.along)]),
      order,
      { weights: directions.map(({ weight }) => weight) },
    )[1]
  },
}

describe('the biharmonic operator', () => {
  const places = [
    [-0.7, 0.2, 0.4],
    [0.1, 0.9, -1.2],
  ]
  it.each([
    // Along the axis of space alone: ∂⁴/∂x⁴ of exp(x/2).
    [['x', 't'], ['x'], 0.5 ** 4, 0],
    [['x', 'y'], ['x', 'y'], (0.25 - 4) ** 2, 3],
    [['t', 'x', 'y'], ['x', 'y'], (4 + 0.09) ** 2, 3],
    [['x', 'y', 'z'], ['x', 'y', 'z'], (0.25 - 4 - 0.09) ** 2, 6],
  ] as const)('of a field of %j, in space %j', async (axes, space, factor, directions) => {
    const at: Coords = {
      kind: 'points',
      x: tensor(
        places.map((p) => p.slice(0, axes.length)),
        { dtype: 'f64' },
      ),
    }
    const names = { axes, space, unknowns: ['u', 'v'] }
    for (const field of [byAxes, byDirections]) {
      asked.length = 0
      const { v } = componentsOf(field, at, names)
      const expected = (await v.value.data()).map((u) => u * factor)
      const found = await biharmonic(v).data()
      found.forEach((x, i) => expect(x).toBeCloseTo(expected[i]!, 9))
      expect(asked).toEqual(field === byDirections && directions > 0 ? [directions] : [])
    }
  })

  it('has directions of as many numbers as there are axes of space', () => {
    const at: Coords = { kind: 'points', x: tensor(places, { dtype: 'f64' }) }
    const { u } = componentsOf(byDirections, at, { axes: ['t', 'x', 'y'], space: ['x', 'y'], unknowns: ['u', 'v'] })
    for (const along of [[1], [1, 0, 0]])
      expect(() => u.directional!([{ along, weight: 1 }], 2)).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION' }),
      )
  })
})

describePinnProblem(
  () =>
    equationProblem({
      name: 'plate',
      axes: { x: [0, 1], y: [0, 1] },
      equation: 'laplace^2 u = 4 pi^4 sin pi x sin pi y',
      residual: ({ u }, { x, y }) => sub(mul(biharmonic(u), 1 / (4 * PI ** 4)), mul(sin(mul(x, PI)), sin(mul(y, PI)))),
      conditions: [dirichlet({ u: 0 })],
      exact: ([x = 0, y = 0]) => [Math.sin(PI * x) * Math.sin(PI * y)],
      points: { train: 6, test: 7, validation: 20 },
    }),
  { name: 'a plate' },
)
