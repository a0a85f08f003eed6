import {
  add,
  coordsPoints,
  grad,
  jit,
  jvp,
  key,
  mean,
  mul,
  normal,
  reshape,
  slice,
  square,
  tensor,
  treeMap,
} from '@spikeward/core'
import type { Coords, Differentiate, Field, OperatorNetwork, Surrogate, Tensor, Tree } from '@spikeward/core'
import { atan, boxcar, leakyIntegrateAndFire, triangular } from '@spikeward/neurons'
import { describe, expect, it } from 'vitest'
import {
  deepOnet,
  exactDerivatives,
  fieldOf,
  noDerivatives,
  pinn,
  sepOnet,
  stencilDerivatives,
  steinDerivatives,
  surrogateDerivatives,
  vanishing,
  withHardConditions,
} from '../../src/index.js'
import type { BlockOptions, Variables } from '../../src/index.js'
import { analytic, codeOf, f64, smooth, spiking, values } from '../operatorFixtures.js'

const smoothly = { spikes: false, smoothness: Infinity }
const points: Coords = {
  kind: 'points',
  x: tensor(
    [
      [-0.7, 0.2],
      [0.1, 0.9],
      [0.4, -0.3],
    ],
    f64,
  ),
}
const grid: Coords = { kind: 'grid', axes: [tensor([-0.5, 0.3, 0.6], f64), tensor([0.2, 0.7], f64)] }

/** sin(2x) + x t²: derivatives by hand. */
const byHand: Record<string, (x: number, t: number) => number> = {
  '0 1': (x, t) => 2 * Math.cos(2 * x) + t * t,
  '0 2': (x) => -4 * Math.sin(2 * x),
  '1 1': (x, t) => 2 * x * t,
  '1 2': (x) => 2 * x,
}

const cases = [
  [0, 1],
  [0, 2],
  [1, 1],
  [1, 2],
] as [0 | 1, 1 | 2][]

const expected = async (axis: number, order: number): Promise<number[]> => {
  const x = await values(coordsPoints(points))
  return [0, 1, 2].map((i) => byHand[`${axis} ${order}`]!(x[2 * i]!, x[2 * i + 1]!))
}

describe('of a function with derivatives by hand', () => {
  const check = async (field: Field, tolerance: number): Promise<void> => {
    for (const [axis, order] of cases) {
      const found = await values(field.d(points, axis, order))
      const exact = await expected(axis, order)
      exact.forEach((v, i) => expect(Math.abs(found[i]! - v), `axis ${axis}, order ${order}`).toBeLessThan(tolerance))
    }
  }
  it('exact, and through a surrogate where nothing spikes', async () => {
    await check(exactDerivatives()(analytic, smoothly), 1e-12)
    await check(surrogateDerivatives()(analytic, smoothly), 1e-12)
    const field = exactDerivatives()(analytic, smoothly)
    expect(await values(field.d(points, 0))).toEqual(await values(field.d(points, 0, 1)))
    expect(await values(field.at(points))).toEqual(await values(analytic(points)))
  })
  it('by stencils of order 2 and 4, whose errors fall as they should', async () => {
    await check(stencilDerivatives({ step: [1e-3, 1e-3] })(analytic, smoothly), 1e-5)
    await check(stencilDerivatives({ step: 1e-2, accuracy: 4 })(analytic, smoothly), 1e-6)
    const error = async (step: number, accuracy: 2 | 4, order: 1 | 2): Promise<number> => {
      const found = await values(stencilDerivatives({ step, accuracy })(analytic, smoothly).d(points, 0, order))
      return Math.max(...(await expected(0, order)).map((v, i) => Math.abs(v - found[i]!)))
    }
    for (const accuracy of [2, 4] as const)
      for (const order of [1, 2] as const)
        expect(Math.log2((await error(0.1, accuracy, order)) / (await error(0.05, accuracy, order)))).toBeCloseTo(
          accuracy,
          0,
        )
  })
  it('by Stein: within four standard errors of the smoothed derivative, which is known', async () => {
    const sigma = 0.2
    const runs = 12
    for (const [axis, order] of cases) {
      const found = await Promise.all(
        Array.from({ length: runs }, (_, k) =>
          values(steinDerivatives({ key: key(k), sigma, samples: 256 })(analytic, smoothly).d(points, axis, order)),
        ),
      )
      const exact = await expected(axis, order)
      const x = await values(coordsPoints(points))
      exact.forEach((v, i) => {
        // Smoothing multiplies sin(2x) by exp(−2σ²); the rest is linear in x, and t² only gains a constant.
        const t = x[2 * i + 1]!
        const smoothed =
          axis === 0 ? (v - (order === 1 ? t * t : 0)) * Math.exp(-2 * sigma ** 2) + (order === 1 ? t * t : 0) : v
        const m = found.reduce((a, r) => a + r[i]!, 0) / runs
        const error = Math.sqrt(found.reduce((a, r) => a + (r[i]! - m) ** 2, 0) / (runs - 1) / runs)
        expect(Math.abs(m - smoothed), `axis ${axis}, order ${order}`).toBeLessThan(4 * error + 1e-9)
      })
    }
  })
  it('not at all', () => {
    const field = noDerivatives()(analytic, smoothly)
    expect(codeOf(() => field.d(points, 0))).toBe('NO_DERIVATIVES')
  })
  it('refuse an axis that is not there, and impossible options', () => {
    for (const make of [exactDerivatives(), stencilDerivatives({ step: 0.1 })])
      expect(codeOf(() => make(analytic, smoothly).d(points, 2))).toBe('INVALID_AXIS')
    expect(codeOf(() => stencilDerivatives({ step: 0 }))).toBe('INVALID_OPTION')
    expect(codeOf(() => stencilDerivatives({ step: [0.1] })(analytic, smoothly).d(points, 1))).toBe('INVALID_OPTION')
    expect(codeOf(() => steinDerivatives({ key: key(0), sigma: 0 }))).toBe('INVALID_OPTION')
    expect(codeOf(() => steinDerivatives({ key: key(0), sigma: 1, samples: 0 }))).toBe('INVALID_OPTION')
  })
})

const f = normal(key(5), [2, 4], f64)
const domain = [
  [-1, 1],
  [-1, 1],
] as const

describe.each([
  [
    'DeepONet',
    withHardConditions(
      deepOnet({ sensors: 4, axes: 2, features: 3, branch: spiking(4), trunk: smooth(5, 4), domain, ...f64 }),
      vanishing({ axis: 0, at: [-1, 1] }),
    ),
  ],
  ['SepONet', sepOnet({ sensors: 4, axes: 2, features: 3, branch: spiking(4), trunk: smooth(5), domain, ...f64 })],
  [
    'modified SepONet',
    sepOnet({
      sensors: 4,
      axes: 2,
      features: 2,
      rank: 2,
      branch: smooth(3),
      trunk: { kind: 'modified', hidden: [3, 3] },
      ...f64,
    }),
  ],
] as const)('of a %s', (_, given) => {
  const network = given as unknown as OperatorNetwork<Variables, Tree>
  const v = network.init(key(3))
  const z = network.encode(v, f)
  it('are exact in forward mode with a smooth trunk: a five-point stencil in f64 says the same, on a grid and at points', async () => {
    const exact = fieldOf(network, v, z, { differentiate: exactDerivatives() })
    const stencil = fieldOf(network, v, z, { differentiate: stencilDerivatives({ step: 2e-3, accuracy: 4 }) })
    const atPoints: Coords = { kind: 'points', x: coordsPoints(grid) }
    for (const [axis, order] of cases) {
      const found = exact.d(grid, axis, order)
      expect(found.shape).toEqual([2, 3, 2])
      const a = await values(found)
      const b = await values(stencil.d(grid, axis, order))
      a.forEach((x, i) => expect(Math.abs(x - b[i]!)).toBeLessThan(2e-8))
      const c = await values(exact.d(atPoints, axis, order))
      a.forEach((x, i) => expect(c[i]).toBeCloseTo(x, 12))
      const compiled = await values(jit(() => exact.d(grid, axis, order))())
      a.forEach((x, i) => expect(compiled[i]).toBeCloseTo(x, 12))
      expect(Math.max(...a.map(Math.abs))).toBeGreaterThan(1e-4)
    }
  })
  it('pass through a residual to the parameters: forward and reverse mode agree', async () => {
    type P = typeof v.trained
    const loss = (trained: P): Tensor => {
      const now = { trained, fixed: v.fixed }
      const u = fieldOf(network, now, network.encode(now, f))
      return mean(square(add(u.d(grid, 0, 2), u.d(grid, 1))))
    }
    const direction: P = treeMap((t) => mul(t, 0.5), v.trained)
    const [, slope] = jit((p: P) => jvp(loss, [p], [direction]))(v.trained)
    const g = jit((p: P) => grad(loss)(p))(v.trained)
    let dotted = 0
    const leaves: [Tensor, Tensor][] = []
    treeMap((a, b) => (leaves.push([a, b]), a), g, direction)
    for (const [a, b] of leaves) (await values(mul(a, b))).forEach((x) => (dotted += x))
    expect(await slope.item()).toBeCloseTo(dotted, 9)
    expect(Math.abs(dotted)).toBeGreaterThan(1e-6)
  })
})

describe('through spikes', () => {
  const block = (surrogate: Surrogate): BlockOptions => ({
    kind: 'spiking',
    hidden: [3],
    neuron: leakyIntegrateAndFire({ beta: 1 }),
    surrogate,
    time: 4,
  })
  const net = (surrogate: Surrogate) => pinn({ axes: 1, block: block(surrogate), ...f64 })
  const at: Coords = { kind: 'points', x: tensor([[-0.4], [0.2]], f64) }
  const d = (surrogate: Surrogate, order: 1 | 2, differentiate: Differentiate = surrogateDerivatives()): Tensor => {
    const network = net(surrogate)
    const v = network.init(key(1))
    return fieldOf(network, v, [], { differentiate }).d(at, 0, order)
  }
  it('one neuron, one step: the slope of the surrogate by hand', async () => {
    const surrogate = atan({ alpha: 2 })
    const network = pinn({ axes: 1, block: { ...block(surrogate), hidden: [1], time: 1 } as BlockOptions, ...f64 })
    const fresh = network.init(key(0))
    const [weight, bias, membrane, readout] = [1.5, 0.2, 0.4, 0.7]
    const affine = (w: number, b: number) => ({ weight: tensor([[w]], f64), bias: tensor([b], f64) })
    const trained = { block: { layers: [affine(weight, bias)], readout: affine(readout, 0) } }
    const fixed = { ...fresh.fixed, block: { ...fresh.fixed.block, membranes: [tensor([membrane], f64)] } }
    const u = fieldOf(network, { trained, fixed }, [])
    const x = [-0.4, 0.2]
    const slope = (y: number): number => 1 / (1 + (Math.PI * y) ** 2)
    const s2 = (y: number): number => (-2 * Math.PI ** 2 * y) / (1 + (Math.PI * y) ** 2) ** 2
    const inside = x.map((p) => membrane + weight * p + bias - 1)
    const first = await values(u.d(at, 0))
    const second = await values(u.d(at, 0, 2))
    inside.forEach((y, i) => {
      expect(first[i]).toBeCloseTo(readout * weight * slope(y), 12)
      expect(second[i]).toBeCloseTo(readout * weight ** 2 * s2(y), 12)
    })
  })
  it('needs a surrogate that is smooth enough', async () => {
    expect(codeOf(() => d(boxcar(), 1))).toBe('SURROGATE_NOT_SMOOTH')
    expect(codeOf(() => d(boxcar(), 2))).toBe('SURROGATE_NOT_SMOOTH')
    expect(codeOf(() => d(triangular(), 2))).toBe('SURROGATE_NOT_SMOOTH')
    expect(codeOf(() => d(triangular(), 1))).toBeUndefined()
    expect((await values(d(atan(), 2))).every(Number.isFinite)).toBe(true)
  })
  it('reports that it is not exact; stencils and Stein take any spikes', async () => {
    expect(codeOf(() => d(atan(), 1, exactDerivatives()))).toBe('TRUNK_SPIKES')
    for (const how of [stencilDerivatives({ step: 0.3 }), steinDerivatives({ key: key(0), sigma: 0.3 })])
      for (const order of [1, 2] as const) {
        const found = d(boxcar(), order, how)
        expect(found.shape).toEqual([1, 2])
        expect((await values(found)).every(Number.isFinite)).toBe(true)
      }
  })
})

describe('fieldOf', () => {
  it('picks one of several outputs', async () => {
    const network = deepOnet({
      sensors: 4,
      axes: 2,
      features: 3,
      outputs: 2,
      branch: smooth(3),
      trunk: smooth(3),
      ...f64,
    })
    const v = network.init(key(0))
    const z = network.encode(v, f)
    const all = network.decode(v, z, grid)
    const second = reshape(slice(all, [0, 0, 0, 1], all.shape), [2, 3, 2])
    expect(await values(fieldOf(network, v, z, { output: 1 }).at(grid))).toEqual(await values(second))
    expect(fieldOf(network, v, z, { output: 1 }).d(grid, 1, 2).shape).toEqual([2, 3, 2])
    expect(codeOf(() => fieldOf(network, v, z, { output: 2 }))).toBe('INVALID_OPTION')
  })
})
