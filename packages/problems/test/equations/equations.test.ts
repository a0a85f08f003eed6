import { add, cos, exp, full, jvp, key, mul, onesLike, pow, sin, sub, tensor } from '@spikeward/core'
import type { Coords, Field, PinnProblem, Tensor } from '@spikeward/core'
import { describePinnProblem } from '@spikeward/testkit'
import { describe, expect, it } from 'vitest'
import {
  axisCoordinate,
  box,
  byDistance,
  condition,
  curl,
  d,
  difference,
  dirichlet,
  disc,
  divergence,
  equationProblem,
  gradient,
  initial,
  laplacian,
  neumann,
  periodic,
  pointValues,
  robin,
} from '../../src/index.js'
import type { EquationSpec } from '../../src/index.js'
import { codeOf } from '../support/support.js'

const { PI } = Math
const few = { train: 6, test: 7, validation: 20 }

/** u_t = u_xx with all kinds of conditions: u = e^(−π² t) cos πx. */
const heat = (more: Partial<EquationSpec> = {}): PinnProblem =>
  equationProblem({
    name: 'heat',
    axes: { x: [0, 1], t: [0, 0.2] },
    equation: 'u_t = u_xx',
    residual: ({ u }) => sub(d(u, { t: 1 }), d(u, { x: 2 })),
    conditions: [
      neumann({ u: 0 }, { on: ['x = 0'] }),
      robin({ u: { value: 1, normal: 2, equals: ({ t }) => mul(-1, exp(mul(t, -(PI ** 2)))) } }, { on: ['x = 1'] }),
      initial({ u: ({ x }) => cos(mul(x, PI)) }),
    ],
    exact: ([x = 0, t = 0]) => [Math.exp(-(PI ** 2) * t) * Math.cos(PI * x)],
    points: few,
    ...more,
  })

describePinnProblem(() => heat(), { name: 'heat, Neumann and Robin' })

describePinnProblem(
  () =>
    equationProblem({
      name: 'wave',
      axes: { x: [0, 1], t: [0, 1] },
      equation: 'u_tt = u_xx',
      residual: ({ u }) => sub(d(u, { t: 2 }), d(u, { x: 2 })),
      conditions: [
        dirichlet({ u: 0 }),
        initial({ u: ({ x }) => sin(mul(x, PI)) }, { u: ({ x }) => mul(sin(mul(x, PI)), PI) }),
      ],
      hard: {
        satisfies: ['u = 0 on x = 0', 'u = 0 on x = 1'],
        apply: ({ u }, { x }) => ({ u: mul(u, mul(x, sub(1, x))) }),
      },
      exact: ([x = 0, t = 0]) => [Math.sin(PI * x) * (Math.cos(PI * t) + Math.sin(PI * t))],
      points: few,
    }),
  { name: 'wave, second order in time' },
)

/** The Stokes flow u = y², v = 0, p = 2x, and one unknown viscosity, which is 1. */
const stokes = (): PinnProblem =>
  equationProblem({
    name: 'stokes',
    axes: { x: [-1, 1], y: [-1, 1] },
    unknowns: ['u', 'v', 'p'],
    equation: 'nu laplace (u, v) = grad p, div (u, v) = 0',
    residual: ({ u, v, p }, _, { coefficients }) => [
      sub(mul(laplacian(u), coefficients['nu']!), gradient(p)[0]!),
      sub(mul(laplacian(v), coefficients['nu']!), gradient(p)[1]!),
      divergence([u, v]),
    ],
    coefficients: { nu: 3 },
    conditions: [
      dirichlet({ u: ({ y }) => mul(y, y), v: 0 }),
      condition('curl at x = 0', { x: 0 }, ({ u, v }, { y }) => add(curl([u, v])[0]!, mul(y, 2))),
      pointValues([0, 0, 0.5, 0.25], { p: [0, 1] }),
    ],
    exact: ([x = 0, y = 0]) => [y * y, 0, 2 * x],
    points: few,
  })

describePinnProblem(stokes, { name: 'Stokes, a system with an unknown coefficient', coefficients: { nu: 1 } })

describePinnProblem(() => {
  const { target, ...rest } = equationProblem({
    name: 'unsolved',
    axes: { x: [0, 2 * PI], t: [0, 1] },
    equation: 'u_t + u_xxxx = 0',
    residual: ({ u }) => add(d(u, { t: 1 }), d(u, { x: 4 })),
    conditions: [periodic('x'), initial({ u: ({ x }) => sin(x) })],
    points: few,
  })
  expect(target).toBeUndefined()
  expect(rest.physics.order).toEqual([4, 1])
  return rest
})

it('a step of as many measurements as there are has each of them once', async () => {
  const [measured] = heat({ conditions: [pointValues([0, 0, 0.5, 0.1, 1, 0.2], { u: [7, 8, 9] })] }).physics.conditions
  const drawn = async (n: number, k: number): Promise<number[]> => {
    const at = measured!.region.points(key(k), n)
    if (at.kind !== 'points' || at.values === undefined) throw new Error('no values')
    expect(at.x.shape).toEqual([n, 2])
    return Array.from(await at.values.data(), Number)
  }
  expect(await drawn(3, 1)).toEqual([7, 8, 9])
  const some = await Promise.all([1, 2, 3, 4, 5, 6].map((k) => drawn(2, k)))
  expect(new Set(some.flat())).toEqual(new Set([7, 8, 9]))
  expect(new Set(some.map(String)).size).toBeGreaterThan(1)
})

it('measurements outside the domain are refused with their row', () => {
  const at = (...points: number[]) => heat({ conditions: [pointValues(points, { u: [7, 8] })] })
  expect(() => at(0, 0, 1.4, 0.1)).toThrow(/point values of u: row 2 has x = 1\.4, outside \[0, 1\]; leave/)
  expect(() => at(0, -0.2, 1, 0.1)).toThrow(/row 1 has t = -0\.2/)
  // The ends belong to the domain, and coordinates of a table may be rounded.
  expect(() => at(0, 0, 1 + 1e-8, 0.1)).not.toThrow()
})

const round = disc({ center: [0, 0], radius: 1 })
const spherical = { u: 0 }

describePinnProblem(
  () =>
    equationProblem({
      name: 'poisson on a disc',
      shape: round,
      equation: '-laplace u = 4',
      residual: ({ u }) => add(laplacian(u), 4),
      conditions: [dirichlet(spherical), neumann({ u: -2 })],
      hard: { ...byDistance(round, spherical), satisfies: ['u = 0 on the boundary'] },
      exact: ([x = 0, y = 0]) => [1 - x * x - y * y],
      points: few,
    }),
  { name: 'Poisson on a disc, hard by distance' },
)

describePinnProblem(
  () =>
    equationProblem({
      name: 'heat in a plate with a hole',
      shape: difference(
        box([
          [-1, 1],
          [-1, 1],
        ]),
        disc({ center: [0, 0], radius: 0.5 }),
      ),
      axes: { t: [0, 1] },
      equation: 'u_t = laplace u',
      residual: ({ u }) => sub(d(u, { t: 1 }), laplacian(u)),
      conditions: [dirichlet({ u: ({ x, t }) => mul(exp(t), exp(x)) }), initial({ u: ({ x }) => exp(x) })],
      exact: ([x = 0, , t = 0]) => [Math.exp(x + t)],
      points: { train: 4, test: 5, validation: 20 },
    }),
  { name: 'heat in a plate with a hole' },
)

/** A field of tensor operations with exact derivatives. */
function analytic(u: (c: Coords) => Tensor): Field {
  const along = (g: (c: Coords) => Tensor, axis: number) => (c: Coords) => {
    if (c.kind === 'grid') throw new Error('points only')
    const unit = tensor(Float32Array.from({ length: c.x.shape[1]! }, (_, a) => (a === axis ? 1 : 0)))
    return jvp((x: Tensor) => g({ kind: 'points', x }), [c.x], [mul(onesLike(c.x), unit)])[1]
  }
  const repeated = (g: (c: Coords) => Tensor, axis: number, k: number): ((c: Coords) => Tensor) =>
    k === 0 ? g : along(repeated(g, axis, k - 1), axis)
  return {
    at: u,
    d: (c, axis, order = 1) => repeated(u, axis, order)(c),
    mixed: (c, orders) => orders.reduce((g, k, axis) => repeated(g, axis, k), u)(c),
  }
}

describe('the language of equations', () => {
  it('finds orders along each axis, mixed derivatives and conditions included', () => {
    const { physics } = heat({
      residual: ({ u }) => sub(d(u, { t: 1, x: 1 }), u.value),
      conditions: [condition('u_xxx = 0 at t = 0', { t: 0 }, ({ u }) => d(u, { x: 3 }))],
    })
    expect(physics.order).toEqual([3, 1])
    expect(heat().physics.conditions.map((c) => c.name)).toEqual([
      'du/dn = 0 on x = 0',
      '1 u + 2 du/dn = g on x = 1',
      'u = g at t = 0',
    ])
  })

  it('gives the outward normal, and periodic conditions compare both ends', async () => {
    const field = analytic((c) => pow(add(axisCoordinate(c, 0), 0.5), 2))
    const { physics } = heat({
      conditions: [
        (space) => {
          expect(space.boundary.map((b) => b.name)).toEqual(['x = 0', 'x = 1'])
          return neumann({ u: 0 })(space)
        },
        periodic('x'),
        periodic('x', ['u'], { length: 0.25 }),
      ],
    })
    const left = await Promise.all(
      physics.conditions.map(async (c) => [...(await c.residual(field, null, c.region.points(key(0), 2)).data())]),
    )
    // ∂u/∂n is −1 at x = 0 and 3 at x = 1; u and u_x differ by 2 over the length.
    expect(left.slice(0, 2)).toEqual([
      [-1, -1],
      [3, 3],
    ])
    left[2]!.forEach((v) => expect(v).toBeCloseTo(-2, 5))
    // At each point the values, and then the derivatives, which count a quarter.
    left[3]!.forEach((v, i) => expect(v).toBeCloseTo(i % 2 === 0 ? -2 : -0.5, 5))
  })

  it('measurements are drawn with their values', async () => {
    const problem = stokes()
    const measured = problem.physics.conditions.find((c) => c.name === 'p measured at 2 points')!
    const c = measured.region.points(key(3), 9)
    expect(c.kind === 'points' && c.values?.shape).toEqual([9, 1])
    const flow = analytic(({ ...at }) => {
      const x = axisCoordinate(at, 0)
      return tensor(new Float32Array(3 * x.size), { shape: [1, x.size, 3] })
    })
    const off = await measured.residual(flow, null, c).data()
    expect([...new Set(off)].sort((a, b) => a - b)).toEqual([-1, 0])
  })

  it('reads the last value of a continuation, or the one that it is given', async () => {
    const decay = heat({
      residual: ({ u }, _, { coefficients: { pace } }) => add(d(u, { t: 1 }), mul(pace!, u.value)),
      continuation: { pace: { from: 0.5, to: 2, steps: 3 } },
      conditions: [
        condition('u = pace at t = 0', { t: 0 }, ({ u }, _, { coefficients: { pace } }) => sub(u.value, pace!)),
      ],
    })
    const at = decay.physics.interior.points(key(3), 4)
    const largest = async (rate: number, given?: number): Promise<number> => {
      const field = analytic((c) => exp(mul(axisCoordinate(c, 1), -rate)))
      const found = decay.physics.residual(field, null, at, given === undefined ? undefined : { pace: full([], given) })
      return Math.max(...[...(await found.data())].map(Math.abs))
    }
    expect(await largest(2)).toBeLessThan(1e-6)
    expect(await largest(0.5, 0.5)).toBeLessThan(1e-6)
    expect(await largest(0.5)).toBeGreaterThan(0.1)
    expect(decay.physics.unknown).toBeUndefined()
    const [start] = decay.physics.conditions
    const one = analytic((c) => onesLike(axisCoordinate(c, 1)))
    expect([...(await start!.residual(one, null, at).data())]).toEqual([-1, -1, -1, -1])
    expect([...(await start!.residual(one, null, at, { pace: full([], 3) }).data())]).toEqual([-2, -2, -2, -2])
  })

  it('refuses a coefficient that is unknown and follows a continuation, and a continuation with impossible values', () => {
    const pace = { from: 0.5, to: 2, steps: 3 }
    expect(codeOf(() => heat({ coefficients: { pace: 1 }, continuation: { pace } }))).toBe('INVALID_OPTION')
    for (const wrong of [{ from: 0 }, { to: -1 }, { steps: 0 }, { to: Infinity }, { from: NaN }, { steps: 1.5 }])
      expect(codeOf(() => heat({ continuation: { pace: { ...pace, ...wrong } } }))).toBe('INVALID_OPTION')
  })

  it('reads coefficients in the element type of the points, and moves periodic ones in it', async () => {
    const { physics } = heat({
      residual: ({ u }, _, { coefficients: { pace, own } }) => mul(mul(u.value, pace!), own!),
      coefficients: { own: 1 },
      continuation: { pace: { from: 0.5, to: 0.1, steps: 3 } },
      conditions: [periodic('x')],
    })
    const c = { kind: 'points', x: tensor([0, 0.1], { shape: [1, 2], dtype: 'f64' }) } as const
    const at: Field['at'] = (where) => axisCoordinate(where, 0)
    const field: Field = { at: (where) => add(at(where), 1), d: at, mixed: at }
    // 0.1 and 0.3 in double precision; a coefficient in f32 keeps the value that it has there.
    const own = tensor(0.5)
    expect([...(await physics.residual(field, null, c, { own }).data())]).toEqual([0.05])
    expect([...(await physics.residual(field, null, c, { own, pace: full([], 0.25) }).data())]).toEqual([0.125])
    expect([...(await physics.conditions[0]!.residual(field, null, c).data())]).toEqual([-1, -1])
  })

  it('refuses a length of a periodic condition that is not finite and above 0', () => {
    for (const length of [0, -1, NaN, Infinity])
      expect(codeOf(() => periodic('x', ['u'], { length }))).toBe('INVALID_OPTION')
  })

  it('refuses names that do not fit', () => {
    for (const wrong of [
      { axes: {} },
      { axes: { x: [1, 0] as const, t: [0, 1] as const } },
      { unknowns: [] },
      { unknowns: ['x'] },
      { time: 'z' },
      { residual: ({ u }: Parameters<EquationSpec['residual']>[0]) => d(u, { z: 1 }) },
      { residual: ({ u }: Parameters<EquationSpec['residual']>[0]) => divergence([u, u]) },
      { residual: ({ q }: Parameters<EquationSpec['residual']>[0]) => q!.value },
      { conditions: [dirichlet({ u: 0 }, { on: ['y = 0'] })] },
      { conditions: [initial({ u: 0 })], time: null },
      { conditions: [periodic('y')] },
      { conditions: [pointValues([1, 2, 3], { u: [1] })] },
    ])
      expect(
        codeOf(() => heat(wrong)),
        JSON.stringify(wrong),
      ).toBe('INVALID_OPTION')
  })
})
