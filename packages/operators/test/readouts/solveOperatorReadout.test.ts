import {
  add,
  coordsFrom,
  coordsTensors,
  jit,
  key,
  linspace,
  mean,
  mul,
  normal,
  square,
  sub,
  tensor,
  zeros,
  zerosLike,
  treeLeaves,
} from '@spikeward/core'
import type { Coords, HardConditions, OperatorNetwork, OperatorTensors, Tensor, Tree } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import {
  amplitude,
  deepOnet,
  mioNet,
  podBasis,
  podDeepOnet,
  sepOnet,
  solveOperatorReadout,
  standardiseHardOutputs,
  standardiseOutputs,
  standardiseSensors,
  vanishing,
  withAmplitude,
  withHardConditions,
  operatorReadoutPath,
} from '../../src/index.js'
import type { DeepOnet, DeepOnetVariables } from '../../src/index.js'
import { codeOf, f64, smooth, spiking, values } from '../operatorFixtures.js'

const axis = Float64Array.from({ length: 7 }, (_, i) => -1 + i / 3)
const at: Coords = { kind: 'grid', axes: [tensor(axis, f64)] }
const options = {
  sensors: 4,
  axes: 1,
  features: 3,
  branch: spiking(6),
  trunk: smooth(5),
  output: { shift: [0.3], scale: [2] },
  ...f64,
}
const f = normal(key(8), [20, 4], f64)
const hard = vanishing({ axis: 0, at: [-1, 1] })

describe('solveOperatorReadout', () => {
  it.each([false, true])(
    'finds the readouts that made the data, hidden layers being the same: hard conditions %s',
    async (wrapped) => {
      const inner = deepOnet(options)
      const network = wrapped ? withHardConditions(inner, hard) : inner
      const truth = inner.init(key(0))
      const u = network.apply(truth, f, at)
      const data: OperatorTensors = { f, u, at: coordsTensors(at) }
      // The same hidden layers and trunk, another readout of the branch.
      const other = inner.init(key(9)).trained.branch.readout
      const start = { ...truth, trained: { ...truth.trained, branch: { ...truth.trained.branch, readout: other } } }
      const given = { lambda: 1e-10, trunk: false, ...(wrapped ? { hard } : {}) }
      const solve = jit((v: typeof start, d: OperatorTensors) => solveOperatorReadout(inner, given)(v, d))
      const trained = solve(start, data)
      const found = await values(network.apply({ ...start, trained }, f, at))
      ;(await values(u)).forEach((v, i) => expect(found[i]).toBeCloseTo(v, 5))
      expect(trained.trunk).toBeDefined()
    },
  )

  it('each solve lowers the error: branch, then trunk; and nothing nearby is better', async () => {
    const network = deepOnet(options)
    const v = network.init(key(1))
    const u = normal(key(2), [20, 7], f64)
    const data: OperatorTensors = { f, u, at: coordsTensors(at) }
    const loss = async (trained: typeof v.trained): Promise<number> =>
      mean(square(sub(network.apply({ trained, fixed: v.fixed }, f, coordsFrom(data.at)), u))).item()
    const branch = solveOperatorReadout(network, { lambda: 1e-9, trunk: false })(v, data)
    const both = solveOperatorReadout(network, { lambda: 1e-9 })(v, data)
    const [before, one, two] = [await loss(v.trained), await loss(branch), await loss(both)]
    expect(one).toBeLessThan(before)
    expect(two).toBeLessThan(one)
    const moved = (t: typeof both, part: 'branch' | 'trunk', by: Tensor): typeof both => ({
      ...t,
      [part]: { ...t[part], readout: { ...t[part].readout, bias: sub(t[part].readout.bias, by) } },
    })
    for (let i = 0; i < 4; i++) {
      const step = normal(key(20 + i), [3], f64)
      expect(await loss(moved(branch, 'branch', sub(step, 0)))).toBeGreaterThan(one)
      expect(await loss(moved(both, 'trunk', step))).toBeGreaterThan(two)
    }
  })

  it('solves for the trunk of a MIONet, under an amplitude and conditions; and nothing nearby is better', async () => {
    const branches = [
      { sensors: 3, branch: spiking(6) },
      { sensors: 1, branch: smooth(4) },
    ]
    const { sensors: _, branch: _b, ...rest } = options
    const inner = mioNet({ ...rest, branches })
    const size = amplitude({ unit: 2 })
    const network = withHardConditions(withAmplitude(inner as OperatorNetwork, size), hard)
    const truth = inner.init(key(0))
    const data: OperatorTensors = { f, u: network.apply(truth, f, at), at: coordsTensors(at) }
    const other = inner.init(key(9)).trained.trunk.readout
    const start = { ...truth, trained: { ...truth.trained, trunk: { ...truth.trained.trunk, readout: other } } }
    const solve = solveOperatorReadout(inner, { lambda: 1e-12, hard, amplitude: size })
    const found = await values(network.apply({ ...start, trained: solve(start, data) }, f, at))
    ;(await values(data.u)).forEach((v, i) => expect(found[i]).toBeCloseTo(v, 5))

    const noisy = { ...data, u: add(data.u, normal(key(2), [20, 7], f64)) }
    const best = solve(start, noisy)
    const loss = async (trained: typeof best): Promise<number> =>
      mean(square(sub(network.apply({ trained, fixed: start.fixed }, f, at), noisy.u))).item()
    const least = await loss(best)
    const { readout } = best.trunk
    for (let i = 0; i < 4; i++) {
      const weight = add(readout.weight, mul(normal(key(20 + i), readout.weight.shape, f64), 0.1))
      expect(await loss({ ...best, trunk: { ...best.trunk, readout: { ...readout, weight } } })).toBeGreaterThan(least)
    }
    expect(codeOf(() => solveOperatorReadout(inner, { trunk: false }))).toBe('INVALID_OPTION')
    expect(
      codeOf(() =>
        solveOperatorReadout(mioNet({ ...rest, branches, outputs: 2, output: { shift: [0, 0], scale: [1, 1] } })),
      ),
    ).toBe('INVALID_OPTION')
  })

  it('solves for the branch of a SepONet and of a POD-DeepONet', async () => {
    const fields = new Float64Array(20 * 7).map((_, i) => Math.sin(i * i))
    const basis = podBasis(fields, 20, 3)
    const pod = podDeepOnet({ sensors: 4, branch: smooth(30), basis, at: { kind: 'grid', axes: [axis] }, ...f64 })
    const v = pod.init(key(0))
    const u = tensor(fields, { ...f64, shape: [20, 7] })
    const trained = solveOperatorReadout(pod, { lambda: 1e-12 })(v, { f, u, at: coordsTensors(at) })
    const rest = await mean(square(sub(pod.apply({ ...v, trained }, f, at), u))).item()
    const level = await mean(square(sub(u, tensor(basis.mean, f64)))).item()
    // There are enough features to fit every function: the remaining error is that of three modes.
    expect(rest / level).toBeCloseTo(1 - basis.captured, 4)
    const sep = sepOnet(options)
    expect(solveOperatorReadout(sep)(sep.init(key(0)), { f, u, at: coordsTensors(at) }).trunks).toHaveLength(1)
  })

  it.each(['split-both', 'split-branch', 'split-trunk'] as const)(
    'finds the branch of several outputs, %s, under an amplitude and conditions',
    async (multiOutput) => {
      const two = { outputs: 2, multiOutput, output: { shift: [0.3, -1], scale: [2, 0.5] } }
      const size = amplitude({ unit: 2 })
      for (const inner of [deepOnet({ ...options, ...two }), sepOnet({ ...options, ...two })] as const) {
        const network = withHardConditions(withAmplitude(inner as OperatorNetwork, size), hard)
        const truth = inner.init(key(0))
        const u = network.apply(truth, f, at)
        const { branch } = truth.trained
        const start = {
          ...truth,
          trained: { ...truth.trained, branch: { ...branch, readout: inner.init(key(9)).trained.branch.readout } },
        }
        const solve = solveOperatorReadout(inner as DeepOnet, { lambda: 1e-10, hard, amplitude: size })
        const trained = solve(start as DeepOnetVariables, { f, u, at: coordsTensors(at) })
        const found = await values(network.apply({ ...start, trained }, f, at))
        ;(await values(u)).forEach((v, i) => expect(found[i]).toBeCloseTo(v, 5))
      }
    },
  )

  it('solves nearly dependent features of an f32 network in double precision: the error of single precision is larger', async () => {
    const sized = (width: number) =>
      deepOnet({ sensors: 4, axes: 1, features: width, branch: smooth(width), trunk: smooth(width) })
    // The singular values of 30 smooth features of four sensors, or of one coordinate, fall over many decades.
    const [network, teacher] = [sized(30), sized(8)]
    const v = network.init(key(0))
    const inputs = normal(key(8), [60, 4])
    const points: Coords = { kind: 'grid', axes: [linspace(-1, 1, 40)] }
    const u = teacher.apply(teacher.init(key(5)), inputs, points)
    const data: OperatorTensors = { f: inputs, u, at: coordsTensors(points) }
    const error = async (precision: 'f64' | 'f32', lambda: number): Promise<number> => {
      const trained = solveOperatorReadout(network, { lambda })(v, data, precision)
      return mean(square(sub(network.apply({ ...v, trained }, inputs, points), u))).item()
    }
    const [double, single] = [await error('f64', 1e-6), await error('f32', 1e-6)]
    expect(double).toBeGreaterThan(0)
    expect(double).toBeLessThan(single / 2)
  })

  it('raises a penalty tenfold that single precision does not bear', async () => {
    const network = deepOnet({ sensors: 4, axes: 1, features: 30, branch: smooth(30), trunk: smooth(30) })
    const v = network.init(key(0))
    const inputs = normal(key(8), [60, 4])
    const points: Coords = { kind: 'grid', axes: [linspace(-1, 1, 40)] }
    const data: OperatorTensors = {
      f: inputs,
      u: network.apply(network.init(key(5)), inputs, points),
      at: coordsTensors(points),
    }
    const all = async (tree: Tree): Promise<number[]> =>
      (await Promise.all(treeLeaves(tree).map(async (t) => [...(await values(t))]))).flat()
    const lambda = 1e-8
    const path = operatorReadoutPath(
      network,
      {},
      [1, 10, 100, 1000].map((k) => k * lambda),
    )(v, data, 'f32')
    const readouts = await Promise.all(path.map(all))
    const least = readouts.findIndex((one) => one.every(Number.isFinite))
    expect(least).toBeGreaterThan(0)
    expect(await all(solveOperatorReadout(network, { lambda })(v, data, 'f32'))).toEqual(readouts[least])
  })

  it('refuses what it cannot solve', () => {
    const two = deepOnet({ ...options, outputs: 2, output: { shift: [0, 0], scale: [1, 1] } })
    expect(codeOf(() => solveOperatorReadout(two, { trunk: true }))).toBe('INVALID_OPTION')
    expect(codeOf(() => solveOperatorReadout(sepOnet(options), { trunk: true }))).toBe('INVALID_OPTION')
    expect(codeOf(() => solveOperatorReadout(deepOnet(options), { lambda: 0 }))).toBe('INVALID_OPTION')
  })
})

describe('standardise', () => {
  it('sensors all together, solutions output by output', () => {
    expect(standardiseSensors({ sensors: Float64Array.of(1, 3, 1, 3) })).toEqual({ shift: 2, scale: 1 })
    expect(standardiseOutputs({ values: Float64Array.of(0, 5, 4, 5) }, 2)).toEqual({ shift: [2, 5], scale: [2, 1] })
  })

  it('outputs under hard conditions: a network of output 1 gives solutions of the mean and deviation that they have', async () => {
    const bump: HardConditions = {
      satisfies: [],
      apply: (raw, _, c) => add(vanishing({ axis: 0, at: [-1, 1] }).apply(raw, null, c), 7),
    }
    const raw = add(mul(normal(key(3), [500, 7], f64), 3), 2)
    const u = bump.apply(raw, f, at)
    const { shift, scale } = await standardiseHardOutputs({ f, u, at: coordsTensors(at) }, bump)
    // Rows count by m²; what they hold is drawn from one normal distribution.
    expect(shift[0]).toBeCloseTo(2, 0)
    expect(Math.abs(shift[0]! - 2)).toBeLessThan(0.2)
    expect(Math.abs(scale[0]! - 3)).toBeLessThan(0.2)
  })

  it('outputs that conditions fix everywhere keep shift 0 and scale 1', async () => {
    const all: HardConditions = { satisfies: [], apply: (raw) => zerosLike(raw) }
    const u = zeros([20, 7], 'f64')
    expect(await standardiseHardOutputs({ f, u, at: coordsTensors(at) }, all)).toEqual({ shift: [0], scale: [1] })
  })

  it('several outputs one by one', async () => {
    const plain: HardConditions = { satisfies: [], apply: (raw) => raw }
    const u = tensor([0, 5, 4, 5], { ...f64, shape: [1, 2, 2] })
    const two: Coords = { kind: 'grid', axes: [tensor([0, 1], f64)] }
    expect(await standardiseHardOutputs({ f, u, at: coordsTensors(two) }, plain, 2)).toEqual({
      shift: [2, 5],
      scale: [2, 1],
    })
  })
})
