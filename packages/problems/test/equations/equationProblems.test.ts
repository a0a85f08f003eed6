import { key, tensor } from '@spikeward/core'
import { describePinnProblem } from '@spikeward/testkit'
import { expect, it } from 'vitest'
import {
  allenCahn,
  elasticity2d,
  inverseBurgers,
  heat1d,
  helmholtz2d,
  inversePoisson,
  kovasznay,
  poisson2d,
  solvePoissonOnL,
  taylorGreen,
  wave1d,
} from '../../src/index.js'

import { cornerFunction } from '../../src/pde/poisson2d/problem.js'
import { solvers } from '../support/convergence.js'

const few = { test: 7, validation: 20 }

describePinnProblem(() => heat1d(few))
describePinnProblem(() => wave1d(few))
describePinnProblem(() => helmholtz2d(few), { residual: 2e-2 })
describePinnProblem(() => kovasznay(few))
describePinnProblem(() => taylorGreen({ test: 4, validation: 20, viscosity: 0.5 }))
describePinnProblem(() => poisson2d(few))
describePinnProblem(() => poisson2d({ ...few, shape: 'l' }), {
  name: 'poisson-2d on an L',
  // Twice the cells of the reference: differences as wide as a cell are those of its solver.
  step: 1 / 64,
  solver: solvers['poisson-2d'],
})
describePinnProblem(() => poisson2d({ ...few, shape: 'disc' }), { name: 'poisson-2d on a disc' })
describePinnProblem(() => inversePoisson(few), { coefficients: { k: 1.5 } })
describePinnProblem(() => inversePoisson({ ...few, coefficient: 2, measurements: 9 }), {
  name: 'inverse-poisson, k = 2',
  coefficients: { k: 2 },
})

describePinnProblem(() => poisson2d({ ...few, shape: 'hole' }), { name: 'poisson-2d on a plate with a hole' })
describePinnProblem(() => elasticity2d(few))
// A thick layer, which differences resolve.
describePinnProblem(() => allenCahn({ test: [7, 6], validation: 20, diffusivity: 0.01, nodes: 64 }), {
  residual: 4e-2,
  // The initial values bend at the ends of the period, where differences take their slope.
  conditions: 5e-2,
  periodic: [0],
  solver: solvers['allen-cahn'],
})
describePinnProblem(() => inverseBurgers({ ...few, measurements: 9, viscosity: 0.3 / Math.PI }), {
  coefficients: { convection: 1, viscosity: 30 },
  solver: solvers['burgers-pinn'],
})

const { PI, sin } = Math

it('finite differences on the L converge at order 4/3 where the corner is singular', () => {
  const at = (cells: number): number => solvePoissonOnL({ cells, source: () => 1 })(-0.25, 0.25)
  const [coarse, middle, fine] = [at(8), at(16), at(32)] as const
  const order = Math.log2((coarse - middle) / (middle - fine))
  expect(order).toBeGreaterThan(1.1)
  expect(order).toBeLessThan(1.7)
})

it('measures with noise that the key determines', async () => {
  const measured = (noiseKey: number): Promise<ArrayLike<number>> => {
    const { conditions } = inversePoisson({ ...few, noise: 0.01, key: noiseKey }).physics
    const c = conditions.at(-1)!.region.points(key(3), 20)
    if (c.kind === 'grid' || c.values === undefined) throw new Error('no measurements')
    return c.values.data()
  }
  const [a, again, other] = await Promise.all([measured(0), measured(0), measured(1)])
  expect(again).toEqual(a)
  expect(other).not.toEqual(a)
})

it('the corner function of the L is harmonic, and vanishes on the edges of the corner', async () => {
  const at = (x: number, y: number): Promise<number> =>
    cornerFunction(tensor(x, { dtype: 'f64' }), tensor(y, { dtype: 'f64' })).item()
  for (const v of [0.1, 0.7]) {
    expect(await at(v, 0)).toBeCloseTo(0, 6)
    expect(await at(0, -v)).toBeCloseTo(0, 6)
  }
  const [x, y, h] = [-0.3, -0.4, 1e-3]
  const theta = Math.atan2(y, x) + 2 * PI
  expect(await at(x, y)).toBeCloseTo(0.5 ** (2 / 3) * sin((2 * theta) / 3), 9)
  const around = (await at(x + h, y)) + (await at(x - h, y)) + (await at(x, y + h)) + (await at(x, y - h))
  expect(Math.abs(around - 4 * (await at(x, y))) / h ** 2).toBeLessThan(1e-5)
})
