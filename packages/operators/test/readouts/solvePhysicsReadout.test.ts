import { add, jit, key, mean, mul, normal, sin, square, tensor, uniform } from '@spikeward/core'
import type { Coords, Field, HardConditions, Physics, Region, Tensor, Tree } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { amplitude, deepOnet, exactDerivatives, sepOnet, solvePhysicsReadout, vanishing } from '../../src/index.js'
import type { BlockTrained, BranchNetwork, SolvePhysicsReadoutOptions, Variables } from '../../src/index.js'
import { coordinateLike } from '../../src/wrappers/vanishing.js'
import { codeOf, smooth, spiking } from '../operatorFixtures.js'

/** All of [−1, 1], or one end of it. */
const region = (held: number | null): Region => ({
  held: [held],
  points: (k, n) => ({
    kind: 'points',
    x: held === null ? uniform(k, [n, 1], { min: -1, max: 1 }) : mul(tensor([[1]]), held),
  }),
  grid: ([n = 1]) => ({
    kind: 'grid',
    axes: [
      tensor(held === null ? Float32Array.from({ length: n }, (_, i) => (2 * i + 1) / n - 1) : Float32Array.of(held)),
    ],
  }),
})

// −u″ + c u² = f₀ sin πx + f₁ with two sensors: linear in u where c is 0.
const equation = (c: number): Physics => ({
  equation: '-u_xx + c u^2 = f0 sin(pi x) + f1',
  order: [2],
  interior: region(null),
  residual: (u, f, at) => add(add(u.d(at, 0, 2), mul(square(u.at(at)), -c)), source(f, at)),
  conditions: [-1, 1].map((end) => ({
    name: `u(${end})`,
    region: region(end),
    residual: (u: Field, _: Tensor, at: Coords) => u.at(at),
  })),
  hard: null,
})
const column = (f: Tensor, i: number): Tensor => mean(mul(f, tensor(i === 0 ? [2, 0] : [0, 2])), 1, { keepDims: true })
const source = (f: Tensor, at: Coords): Tensor =>
  add(mul(column(f, 0), sin(mul(coordinateLike(at, 0, tensor([[0]])), Math.PI))), column(f, 1))

const f = normal(key(2), [40, 2])
const hard: HardConditions = vanishing({ axis: 0, at: [-1, 1], satisfies: ['u(-1)', 'u(1)'] })
const options = { sensors: 2, axes: 1, features: 6, branch: spiking(12), trunk: smooth(10) } as const
const given: SolvePhysicsReadoutOptions = {
  physics: equation(0),
  differentiate: exactDerivatives(),
  grid: [12],
  lambda: 1e-5,
  passes: 4,
}

type Trained = { readonly branch: BlockTrained; readonly [name: string]: Tree }

/** Mean squared residual of a network, and that of the conditions if they are not hard. */
async function lossOf<P extends Trained, F extends Tree>(
  network: BranchNetwork<Variables<P, F>>,
  variables: Variables<P, F>,
  o: SolvePhysicsReadoutOptions,
): Promise<number> {
  const z = network.encode(variables, o.amplitude === undefined ? f : o.amplitude.divide(f))
  const u = o.differentiate((c) => {
    const decoded = network.decode(variables, z, c)
    const raw = o.amplitude === undefined ? decoded : o.amplitude.apply(decoded, f)
    return o.hard === undefined ? raw : o.hard.apply(raw, f, c)
  }, network.coordinates)
  const terms = [
    o.physics.residual(u, f, o.physics.interior.grid!(o.grid)),
    ...(o.hard === undefined ? o.physics.conditions : []).map((c) => c.residual(u, f, c.region.grid!(o.grid))),
  ]
  return (await Promise.all(terms.map((t) => mean(square(t)).item()))).reduce((a, b) => a + b)
}

/** Solves, and evaluates the residual before, after, and for a slightly perturbed readout. */
async function examine<P extends Trained, F extends Tree>(
  network: BranchNetwork<Variables<P, F>>,
  o: SolvePhysicsReadoutOptions,
): Promise<void> {
  const v = network.init(key(1))
  const solve = solvePhysicsReadout(network, o)
  const trained = jit((w: Variables<P, F>) => solve(w, { f }))(v)
  const after = await lossOf(network, { ...v, trained }, o)
  expect(after).toBeLessThan((await lossOf(network, v, o)) / 2)
  const { branch } = trained
  for (let i = 0; i < 4; i++) {
    const bias = add(branch.readout.bias, mul(normal(key(20 + i), [6]), 0.1))
    const moved = { ...trained, branch: { ...branch, readout: { ...branch.readout, bias } } }
    expect(await lossOf(network, { ...v, trained: moved }, o)).toBeGreaterThan(after)
  }
}

describe('solvePhysicsReadout lowers the residual, and no readout nearby has less:', () => {
  it('hard conditions', () => examine(deepOnet(options), { ...given, hard }))
  it('conditions in the residual', () => examine(deepOnet(options), given))
  it('an amplitude divided out, conditions in the residual', () =>
    examine(deepOnet(options), { ...given, amplitude: amplitude({ unit: 0.7 }) }))
  it('an amplitude divided out, a SepONet, hard conditions', () =>
    examine(sepOnet(options), { ...given, hard, amplitude: amplitude({ unit: 0.7 }) }))
  it('a SepONet, an equation that is nearly linear', () =>
    examine(sepOnet(options), { ...given, physics: equation(0.05), hard }))
})

describe('solvePhysicsReadout', () => {
  it('a second pass removes the residual that the penalty left', async () => {
    const network = deepOnet(options)
    const v = network.init(key(1))
    const left = async (passes: number): Promise<number> => {
      const o = { ...given, hard, lambda: 1e-2, passes }
      return lossOf(network, { ...v, trained: solvePhysicsReadout(network, o)(v, { f }) }, o)
    }
    expect(await left(4)).toBeLessThan(0.9 * (await left(1)))
  })

  it('refuses what it cannot solve', () => {
    const network = deepOnet(options)
    for (const o of [{ lambda: 0 }, { grid: [3, 3] }, { grid: [0] }, { passes: 0 }, { conditions: -1 }])
      expect(
        codeOf(() => solvePhysicsReadout(network, { ...given, ...o })),
        JSON.stringify(o),
      ).toBe('INVALID_OPTION')
    const two = deepOnet({ ...options, outputs: 2, output: { shift: [0, 0], scale: [1, 1] } })
    expect(codeOf(() => solvePhysicsReadout(two, given))).toBe('INVALID_OPTION')
  })
})
