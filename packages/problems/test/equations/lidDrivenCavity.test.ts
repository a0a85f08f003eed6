import { type Coords, type Field, type Tensor, add, jvp, mul, square, sub, tensor } from '@spikeward/core'
import { describePinnProblem } from '@spikeward/testkit'
import { describe, expect, it } from 'vitest'
import { axisCoordinate, ghia100, lidDrivenCavity, solveCavity } from '../../src/index.js'
import { solvers } from '../support/convergence.js'
import { manufacturedCavity } from '../support/manufacturedCavity.js'
import { codeOf } from '../support/support.js'

const few = { test: 7, validation: 20, cells: 64 }

// Fourth differences of a solution that is cubic between 32² cells need steps as long as a cell; their own error is
// then most of the residual, and falls as the square of the step. The residual is compared without differences below.
describePinnProblem(() => lidDrivenCavity({ ...few, lid: 'regularised' }), {
  residual: 0.1,
  conditions: 0.01,
  step: 1 / 32,
  solver: solvers['lid-driven-cavity'],
})
describePinnProblem(() => lidDrivenCavity({ ...few, lid: 'uniform' }), {
  name: 'lid-driven-cavity, uniform lid',
  residual: 0.2,
  conditions: 0.04,
  step: 1 / 32,
})

describe('the stream function of the cavity', () => {
  const { target } = lidDrivenCavity(few)
  const psi = (x: number, y: number): number => target!([x, y])[0]!
  const h = 1e-3
  const u = (x: number, y: number): number => (psi(x, y + h) - psi(x, y - h)) / (2 * h)
  const v = (x: number, y: number): number => -(psi(x + h, y) - psi(x - h, y)) / (2 * h)

  it('has velocities within 0.01 of those of Ghia, Ghia and Shin', () => {
    for (const [y, value] of ghia100.u) expect(Math.abs(u(0.5, y) - value)).toBeLessThan(0.01)
    for (const [x, value] of ghia100.v) expect(Math.abs(v(x, 0.5) - value)).toBeLessThan(0.01)
  })

  it('has the extreme velocities of Botella and Peyret, by a spectral method', () => {
    expect(Math.abs(u(0.5, 0.4581) + 0.2140424)).toBeLessThan(0.002)
    expect(Math.abs(v(0.237, 0.5) - 0.1795728)).toBeLessThan(0.002)
    expect(Math.abs(v(0.8104, 0.5) + 0.253803)).toBeLessThan(0.002)
  })

  it('is refused where the reference cannot be computed', () => {
    expect(codeOf(() => lidDrivenCavity({ cells: 33 }))).toBe('INVALID_OPTION')
    expect(codeOf(() => solveCavity({ reynolds: 1e9, cells: 8, lid: () => 1 }))).toBe('SOLVER_DIVERGED')
  })
})

/** A field of tensor operations at points, with exact derivatives. */
function fieldOf(u: (c: Coords) => Tensor): Field {
  const derivative = (g: (c: Coords) => Tensor, axis: number) => (c: Coords) => {
    if (c.kind === 'grid') throw new Error('points alone')
    const along = mul(add(mul(c.x, 0), 1), tensor([axis === 0 ? 1 : 0, axis === 1 ? 1 : 0], { dtype: 'f64' }))
    return jvp((x: Tensor) => g({ kind: 'points', x }), [c.x], [along])[1]
  }
  const repeated = (g: (c: Coords) => Tensor, axis: number, order: number): ((c: Coords) => Tensor) =>
    order === 0 ? g : derivative(repeated(g, axis, order - 1), axis)
  return {
    at: u,
    d: (c, axis, order = 1) => repeated(u, axis, order)(c),
    mixed: (c, orders) => orders.reduce((g, order, axis) => repeated(g, axis, order), u)(c),
  }
}

describe.each(['uniform', 'regularised'] as const)('a %s lid', (lid) => {
  it('has the residual of the equation that the reference solves', async () => {
    const { source } = manufacturedCavity(50)
    const psi = fieldOf((c) => {
      const [x, y] = [axisCoordinate(c, 0), axisCoordinate(c, 1)]
      return mul(mul(square(mul(x, sub(1, x))), mul(square(y), sub(y, 1))), 16)
    })
    const points = [0.13, 0.4, 0.77].flatMap((x) => [0.2, 0.61, 0.95].map((y) => [x, y] as const))
    const c: Coords = { kind: 'points', x: tensor(points, { dtype: 'f64' }) }
    const left = await lidDrivenCavity({ ...few, lid, reynolds: 50 })
      .physics.residual(psi, null, c, {})
      .data()
    points.forEach(([x, y], i) => {
      // Less near the upper corners, where the uniform lid jumps.
      const ab = (x ** 2 + (1 - y) ** 2) * ((1 - x) ** 2 + (1 - y) ** 2)
      const weight = lid === 'uniform' ? (ab / (ab + 0.05)) ** 2 : 1
      expect(left[i]).toBeCloseTo(weight * source(x, y), 9)
    })
  })

  const { apply } = lidDrivenCavity({ ...few, lid }).physics.hard!
  const psi = (x: number, y: number): Promise<number> =>
    apply(tensor([[0.7]], { dtype: 'f64' }), null, {
      kind: 'points',
      x: tensor([[x, y]], { dtype: 'f64' }),
    }).item()

  it('moves with its velocity, and all other walls are at rest, for any output of the network', async () => {
    const h = 1e-5
    for (const s of [0.2, 0.5, 0.9]) {
      const speed = lid === 'uniform' ? 1 : 16 * (s * (1 - s)) ** 2
      expect(-(await psi(s, 1 - h)) / h).toBeCloseTo(speed, 3)
      for (const [x, y] of [
        [s, h],
        [h, s * 0.9],
        [1 - h, s * 0.9],
      ] as const)
        expect((await psi(x, y)) / h).toBeCloseTo(0, 3)
    }
  })
})
