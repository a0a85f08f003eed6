import { type Coords, type Field, type Tensor, key, mul, reshape, slice, tensor } from '@spikeward/core'
import { inverseBurgers } from '@spikeward/problems'
import { expect, it } from 'vitest'
import { coleHopfBurgers } from '../../src/numerics/coleHopfBurgers.js'
import { codeOf } from '../support/support.js'

const few = { measurements: 9, test: 3, validation: 4 }
const at: Coords = { kind: 'points', x: tensor([0.3, 0.2, -0.6, 0.9], { shape: [2, 2], dtype: 'f64' }) }

/** u = x t, of which the residual is x + λ₁ x t². */
const column = (c: Coords, a: number): Tensor => {
  if (c.kind === 'grid') throw new Error('points only')
  const n = c.x.shape[0]!
  return reshape(slice(c.x, [0, a], [n, a + 1]), [1, n])
}
const field: Field = {
  at: (c) => mul(column(c, 0), column(c, 1)),
  d: (c, axis, order = 1) => (order === 1 ? column(c, 1 - axis) : mul(column(c, 0), 0)),
  mixed: (c) => mul(column(c, 0), 0),
}

async function terms(equationWeight?: number): Promise<{ equation: number[]; measured: number[] }> {
  const { physics } = inverseBurgers({ ...few, ...(equationWeight === undefined ? {} : { equationWeight }) })
  const coefficients = { convection: tensor(2), viscosity: tensor(1) }
  const [condition] = physics.conditions
  return {
    equation: [...(await physics.residual(field, null, at, coefficients).data())],
    measured: [...(await condition!.residual(field, null, condition!.region.points(key(1), 3), coefficients).data())],
  }
}

it('equationWeight is the factor of squared residuals of the equation, and of nothing else', async () => {
  const [plain, weighted] = [await terms(), await terms(0.25)]
  plain.equation.forEach((r, p) => expect(weighted.equation[p]).toBeCloseTo(0.5 * r, 12))
  const expected = [0.3 + 2 * 0.3 * 0.04, -0.6 - 2 * 0.6 * 0.81]
  plain.equation.forEach((r, p) => expect(r).toBeCloseTo(expected[p]!, 6))
  expect(weighted.measured).toEqual(plain.measured)
})

it('continuation is refused where the factor does not change', () => {
  expect(codeOf(() => inverseBurgers({ ...few, continuation: 7 }))).toBe('INVALID_OPTION')
  expect(codeOf(() => inverseBurgers({ ...few, equationWeight: 2, startEquationWeight: 2, continuation: 7 }))).toBe(
    'INVALID_OPTION',
  )
})

it('startEquationWeight is that factor at the start, and evaluations use the last one', async () => {
  const { physics } = inverseBurgers({ ...few, equationWeight: 0.25, startEquationWeight: 4, continuation: 7 })
  expect(physics.continuation).toEqual({ weight: { from: 4, to: 0.25, steps: 7 } })
  const coefficients = { convection: tensor(2), viscosity: tensor(1) }
  const at4 = await physics.residual(field, null, at, { ...coefficients, weight: tensor(4) }).data()
  const last = await physics.residual(field, null, at, coefficients).data()
  const { equation } = await terms()
  equation.forEach((r, p) => {
    expect(at4[p]).toBeCloseTo(2 * r, 6)
    expect(last[p]).toBeCloseTo(0.5 * r, 6)
  })
  expect(inverseBurgers({ ...few, equationWeight: 0.25 }).physics.continuation).toBeUndefined()
})

it('refuses an equation without weight', () => {
  expect(() => inverseBurgers({ equationWeight: 0 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
})

it('measurements with errors of 1 % determine λ₁ to 0.05 % and λ₂ to 0.5 %, if the initial values are known', async () => {
  const [condition] = inverseBurgers({ noise: 0.01 }).physics.conditions
  const drawn = condition!.region.points(key(0), 2000)
  if (drawn.kind !== 'points') throw new Error('points only')
  const x = await drawn.x.data()
  // With other coefficients, u(x, t) = w(x, λ₁ t), where w has λ₁ = 1 and the viscosity λ₂/λ₁.
  const solution = (convection: number, viscosity: number): number[] => {
    const w = coleHopfBurgers(((viscosity / convection) * 0.01) / Math.PI)
    return Array.from({ length: 2000 }, (_, p) => w(Number(x[2 * p]), convection * Number(x[2 * p + 1])))
  }
  const h = 1e-3
  const slope = (up: number[], down: number[]): number[] => up.map((v, p) => (v - down[p]!) / (2 * h))
  const j1 = slope(solution(1 + h, 1), solution(1 - h, 1))
  const j2 = slope(solution(1, 1 + h), solution(1, 1 - h))
  const dot = (a: number[], b: number[]): number => a.reduce((sum, v, p) => sum + v * b[p]!, 0)
  const u = solution(1, 1)
  const deviation = 0.01 * Math.sqrt(dot(u, u) / 2000)
  const [a, b, c] = [dot(j1, j1), dot(j1, j2), dot(j2, j2)]
  // The Cramér–Rao bound: the inverse of the Fisher information.
  expect(deviation * Math.sqrt(c / (a * c - b * b))).toBeCloseTo(0.00046, 5)
  expect(deviation * Math.sqrt(a / (a * c - b * b))).toBeCloseTo(0.00527, 5)
  const most = j2.map((v) => v * v).sort((s, t) => t - s)
  const share = most.slice(0, 10).reduce((s, t) => s + t, 0) / c
  expect(share).toBeCloseTo(0.8, 2)
})
