import {
  coordsFrom,
  coordsPoints,
  coordsTensors,
  jit,
  key,
  mul,
  normal,
  reshape,
  tensor,
  treeLeaves,
  uniform,
  vmap,
} from '@spikeward/core'
import type { Coords, OperatorNetwork, Tensor, Tree } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import {
  deepOnet,
  exactDerivatives,
  fieldOf,
  independentNetworks,
  mioNet,
  pinn,
  podBasis,
  podDeepOnet,
  separablePinn,
  sepOnet,
  stencilDerivatives,
  vanishing,
  withHardConditions,
} from '../../src/index.js'
import type { BlockOptions, DeepOnetOptions, SepOnetOptions } from '../../src/index.js'
import { codeOf, f64, smooth, spiking, values } from '../operatorFixtures.js'

const gridOf = (...axes: number[][]): Coords => ({ kind: 'grid', axes: axes.map((x) => tensor(x, f64)) })
const grid2 = gridOf([-0.9, -0.2, 0.4], [0.1, 0.3, 0.6, 0.8])
const points2: Coords = { kind: 'points', x: coordsPoints(grid2) }
const f = normal(key(11), [3, 5], f64)
const domain2 = [
  [-1, 1],
  [0, 1],
] as const

const modifiedSpiking: BlockOptions = {
  kind: 'modified',
  hidden: [4, 4],
  activation: { neuron: spiking(1).neuron, surrogate: spiking(1).surrogate, time: 5 },
}

const blocks: [string, BlockOptions][] = [
  ['smooth', smooth(4, 3)],
  ['spiking', spiking(5, 4)],
  ['residual spiking', { ...spiking(4, 4), residual: true, standardiseWeights: true }],
  ['modified', { kind: 'modified', hidden: [4, 4, 4] }],
  ['modified spiking', modifiedSpiking],
  ['first spikes', { kind: 'firstSpike', hidden: [4, 3] }],
]

const deep = (o: Partial<DeepOnetOptions> = {}) =>
  deepOnet({ sensors: 5, axes: 2, features: 3, branch: smooth(4), trunk: smooth(4), domain: domain2, ...f64, ...o })
const sep = (o: Partial<SepOnetOptions> = {}) =>
  sepOnet({ sensors: 5, axes: 2, features: 3, branch: smooth(4), trunk: smooth(4), domain: domain2, ...f64, ...o })

const near = (a: readonly number[], b: readonly number[], digits = 12): void => {
  expect(a).toHaveLength(b.length)
  b.forEach((v, i) => expect(a[i]).toBeCloseTo(v, digits))
}

const agree = async <P extends Tree, Z extends Tree, F>(network: OperatorNetwork<P, Z, F>, input: F): Promise<void> => {
  const v = network.init(key(1))
  const tail = network.outputs === 1 ? [] : [network.outputs]
  const n = input === null ? 1 : 3
  const onGrid = network.apply(v, input, grid2)
  const atPoints = network.apply(v, input, points2)
  expect(onGrid.shape).toEqual([n, 3, 4, ...tail])
  expect(atPoints.shape).toEqual([n, 12, ...tail])
  const expected = await values(atPoints)
  near(await values(onGrid), expected)
  expect(new Set(expected.map((x) => x.toFixed(9))).size).toBeGreaterThan(3)
  const compiled = jit((p: P, at: readonly Tensor[]) => network.apply(p, input, coordsFrom(at)))
  near(await values(compiled(v, coordsTensors(grid2))), expected)
}

describe.each(blocks)('with %s blocks', (_, block) => {
  it('a DeepONet gives the same on a grid and at its points, eagerly and under jit', () =>
    agree(deep({ branch: block, trunk: block }), f))
  it('a SepONet does', () => agree(sep({ branch: block, trunk: block, rank: 2 }), f))
  it('a PINN does', () => agree(pinn({ axes: 2, block, domain: domain2, ...f64 }), null))
  it('a separable PINN does', () =>
    agree(separablePinn({ axes: 2, rank: 3, trunk: block, domain: domain2, ...f64 }), null))
})

describe('several outputs', () => {
  it.each(['split-both', 'split-branch', 'split-trunk'] as const)('%s', async (multiOutput) => {
    const o = { outputs: 2, multiOutput, output: { shift: [1, -2], scale: [2, 3] } }
    await agree(deep(o), f)
    await agree(sep({ ...o, rank: 2 }), f)
    await agree(sep(o), f)
    const width = (v: { weight: Tensor }): number => v.weight.shape[1]!
    const { branch, trunk } = deep(o).init(key(0)).trained
    expect([width(branch.readout), width(trunk.readout)]).toEqual(
      { 'split-both': [6, 6], 'split-branch': [6, 3], 'split-trunk': [3, 6] }[multiOutput],
    )
  })

  it('independent networks, side by side', async () => {
    const both = independentNetworks([deep(), deep()])
    await agree(both, f)
    const v = both.init(key(2))
    const all = await values(both.apply(v, f, points2))
    const second = await values(deep().apply({ trained: v.trained[1]!, fixed: v.fixed[1]! }, f, points2))
    near(
      all.filter((_, i) => i % 2 === 1),
      second,
    )
    expect(codeOf(() => independentNetworks([]))).toBe('INVALID_OPTION')
    expect(codeOf(() => independentNetworks([deep({ outputs: 2 })]))).toBe('INVALID_OPTION')
  })

  it('a separable PINN of two outputs', () =>
    agree(separablePinn({ axes: 2, rank: 3, outputs: 2, trunk: smooth(4), domain: domain2, ...f64 }), null))
})

describe('by hand', () => {
  const affine = (w: number[][], b: number[]) => ({ weight: tensor(w, f64), bias: tensor(b, f64) })
  const linear: BlockOptions = { kind: 'smooth', hidden: [1], activation: (x) => x }

  it('DeepONet: u = 1 + 2 (b t + b₀)', async () => {
    const network = deepOnet({
      sensors: 2,
      axes: 1,
      features: 1,
      branch: linear,
      trunk: linear,
      domain: [[0, 4]],
      output: { shift: [1], scale: [2] },
      ...f64,
    })
    const { fixed } = network.init(key(0))
    const trained = {
      branch: { layers: [affine([[1], [2]], [0.5])], readout: affine([[3]], [-1]) },
      trunk: { layers: [affine([[2]], [1])], readout: affine([[1]], [0.25]) },
      bias: tensor([0.1], f64),
    }
    // f = (1, −1): b = 3(1 − 2 + 0.5) − 1 = −2.5; x = 3 is ½ in [−1, 1]: t = 2·½ + 1 + 0.25 = 2.25.
    const u = network.apply({ trained, fixed }, tensor([[1, -1]], f64), { kind: 'points', x: tensor([[3]], f64) })
    near(await values(u), [1 + 2 * (-2.5 * 2.25 + 0.1)])
  })

  it('SepONet: u = Σ_k b_k Σ_r X_kr T_kr', async () => {
    const network = sepOnet({ sensors: 1, axes: 2, features: 2, rank: 2, branch: linear, trunk: linear, ...f64 })
    const { fixed } = network.init(key(0))
    const axis = (b: number[]) => ({ layers: [affine([[1]], [0])], readout: affine([[1, 2, 3, 4]], b) })
    const trained = {
      branch: { layers: [affine([[1]], [0])], readout: affine([[1, -1]], [0, 2]) },
      trunks: [axis([0, 0, 0, 0]), axis([1, 0, 0, 0])],
      bias: tensor([0], f64),
    }
    // f = 2: b = (2, 0); x = 0.5, t = −1: X = (½, 1), T = (−1 + 1, −2): u = 2 (0 − 2).
    const u = network.apply({ trained, fixed }, tensor([[2]], f64), gridOf([0.5], [-1]))
    near(await values(u), [-4])
  })

  it('modified MLP: h₂ = (1 − z) U + z V', async () => {
    const network = pinn({ axes: 1, block: { kind: 'modified', hidden: [1, 1], activation: (x) => x }, ...f64 })
    const { fixed } = network.init(key(0))
    const trained = {
      block: {
        encoders: [affine([[1]], [1]), affine([[3]], [0])],
        layers: [affine([[2]], [0]), affine([[1]], [-0.5])],
        readout: affine([[10]], [1]),
      },
    }
    // x = 0.5: U = 1.5, V = 1.5 + 0 = 1.5, h₁ = 1, z = 0.5; x = 1: U = 2, V = 3, h₁ = 2, z = 1.5, h₂ = −1 + 4.5 = 3.5.
    const u = network.apply({ trained, fixed }, null, { kind: 'points', x: tensor([[0.5], [1]], f64) })
    near(await values(u), [16, 36])
  })
})

describe('a pinn whose spikes code by their time', () => {
  it('is the first-spike block in place of the spiking one, with exact derivatives in the coordinates', async () => {
    const network = pinn({ axes: 2, block: spiking(5, 4), code: 'firstSpike', gain: 2, ...f64 })
    const same = pinn({ axes: 2, block: { kind: 'firstSpike', hidden: [5, 4], gain: 2 }, ...f64 })
    const v = network.init(key(3))
    near(await values(network.apply(v, null, points2)), await values(same.apply(same.init(key(3)), null, points2)))
    expect(network.coordinates).toEqual({ spikes: false, smoothness: Infinity })
    const [exact, stencil] = [exactDerivatives(), stencilDerivatives({ step: 1e-3, accuracy: 4 })].map(
      (differentiate) => fieldOf(network, v, [], { differentiate }),
    )
    near(await values(exact!.d(points2, 0, 2)), await values(stencil!.d(points2, 0, 2)), 5)
    expect(Math.max(...(await values(exact!.d(points2, 0, 2))).map(Math.abs))).toBeGreaterThan(0.01)
  })
})

describe('the shape of things', () => {
  it('vmap over variables is the same as one by one', async () => {
    const network = sep({ branch: spiking(4), trunk: smooth(3) })
    const [a, b] = [network.init(key(0)), network.init(key(1))]
    const stacked = vmap((scale: Tensor) =>
      network.apply({ ...a, trained: { ...a.trained, bias: mul(b.trained.bias, scale) } }, mul(f, scale), grid2),
    )(tensor([1, 0.5], f64))
    const half = network.apply({ ...a, trained: { ...a.trained, bias: mul(b.trained.bias, 0.5) } }, mul(f, 0.5), grid2)
    near((await values(stacked)).slice(36), await values(half))
  })

  it('init under jit gives the same variables', async () => {
    const network = deep({ branch: spiking(4), trunk: spiking(3), sample: new Float64Array(10).fill(0.5) })
    const all = async (v: Tree) => (await Promise.all(treeLeaves(v).map(values))).flat()
    near(await all(jit((k: ReturnType<typeof key>) => network.init(k))(key(3))), await all(network.init(key(3))))
  })

  it('runs a separable trunk for the coordinates of an axis, not for the points of the grid', () => {
    const operations = (network: OperatorNetwork<Tree, Tree>, n: number): number => {
      const v = network.init(key(0))
      const x = uniform(key(1), [n], f64)
      const run = jit((p: Tree, at: readonly Tensor[]) => network.apply(p, f, coordsFrom(at)))
      return run.inspect(v, [x, x]).executable.flops
    }
    const growth = (network: unknown): number => {
      const n = network as OperatorNetwork<Tree, Tree>
      return operations(n, 24) - operations(n, 12)
    }
    const wide = { trunk: smooth(40, 40) }
    expect(growth(deep(wide)) / growth(sep(wide))).toBeGreaterThan(5)
  })

  it('centres a spiking branch on the sample', async () => {
    const sample = new Float64Array(50).map((_, i) => Math.sin(i))
    const network = deep({ branch: spiking(6), sample })
    const v = network.init(key(4))
    const rates = await values(network.branchFeatures(v, tensor(sample, { ...f64, shape: [10, 5] })))
    for (let i = 0; i < 6; i++) {
      let total = 0
      for (let r = 0; r < 10; r++) total += rates[r * 6 + i]!
      expect(total).toBeCloseTo(0, 10)
    }
  })

  it('normalises sensors', async () => {
    const plain = deep()
    const scaled = deep({ input: { shift: 2, scale: [4, 4, 4, 4, 4] } })
    const v = plain.init(key(0))
    const raw = tensor(
      (await values(f)).map((x) => 4 * x + 2),
      { ...f64, shape: [3, 5] },
    )
    near(await values(scaled.apply(v, raw, grid2)), await values(plain.apply(v, f, grid2)), 10)
  })

  it('refuses options that make no network', () => {
    expect(codeOf(() => deep({ features: 0 }))).toBe('INVALID_OPTION')
    expect(codeOf(() => deep({ domain: [[0, 1]] }))).toBe('INVALID_OPTION')
    expect(codeOf(() => deep({ output: { shift: [0], scale: [0] } }))).toBe('INVALID_OPTION')
    expect(codeOf(() => deep({ width: 3 } as never))).toBe('UNKNOWN_OPTION')
    expect(codeOf(() => deep({ trunk: smooth() }))).toBe('INVALID_OPTION')
    expect(codeOf(() => deep({ trunk: { kind: 'modified', hidden: [3, 4] } }))).toBe('INVALID_OPTION')
    expect(codeOf(() => deep({ input: { shift: 0, scale: 0 } }))).toBe('INVALID_OPTION')
    expect(codeOf(() => sep({ trunk: [smooth(3)] }))).toBe('INVALID_OPTION')
    const network = sep()
    const v = network.init(key(0))
    expect(codeOf(() => network.apply(v, f, gridOf([0])))).toBe('SHAPE_MISMATCH')
    expect(codeOf(() => network.apply(v, f, { kind: 'points', x: tensor([[0]], f64) }))).toBe('SHAPE_MISMATCH')
  })
})

describe('mioNet', () => {
  const branches = [
    { sensors: 3, branch: smooth(4) },
    { sensors: 2, branch: spiking(4) },
  ]
  const network = mioNet({ branches, axes: 2, features: 3, trunk: smooth(4), domain: domain2, ...f64 })
  it('gives the same on a grid and at its points', () => agree(network, f))
  it('multiplies the branches: twice the numbers of one, twice the output', async () => {
    const v = network.init(key(0))
    const [first, second] = v.trained.branches
    const readout = { weight: mul(first!.readout.weight, 2), bias: mul(first!.readout.bias, 2) }
    const doubled = { ...v, trained: { ...v.trained, branches: [{ ...first!, readout }, second!] } }
    near(
      await values(network.apply(doubled, f, grid2)),
      (await values(network.apply(v, f, grid2))).map((x) => 2 * x),
    )
  })
  it('refuses other numbers of columns', () => {
    expect(codeOf(() => network.encode(network.init(key(0)), tensor([[1, 2]])))).toBe('SHAPE_MISMATCH')
    expect(codeOf(() => mioNet({ branches: [], axes: 1, features: 2, trunk: smooth(2) }))).toBe('INVALID_OPTION')
  })
})

describe('POD', () => {
  const nodes = Float64Array.from({ length: 21 }, (_, i) => i / 20)
  const count = 12
  // 3 + a sin πx + b sin 2πx, a much larger than b
  const fields = new Float64Array(count * 21)
  for (let r = 0; r < count; r++)
    nodes.forEach(
      (x, i) =>
        (fields[r * 21 + i] =
          3 + 5 * Math.cos(r) * Math.sin(Math.PI * x) + Math.sin(3 * r) * Math.sin(2 * Math.PI * x)),
    )
  const basis = podBasis(fields, count, 2)

  it('finds the space that the fields span', () => {
    expect(basis.captured).toBeCloseTo(1, 12)
    const gram = (a: number, b: number): number =>
      nodes.reduce((s, _, i) => s + basis.modes[i * 2 + a]! * basis.modes[i * 2 + b]!, 0) / 21
    expect([gram(0, 0), gram(0, 1), gram(1, 1)].map((x) => Math.round(x * 1e10) / 1e10 + 0)).toEqual([1, 0, 1])
    for (let r = 0; r < count; r++) {
      const rest = nodes.map((_, i) => fields[r * 21 + i]! - basis.mean[i]!)
      const c = [0, 1].map((k) => rest.reduce((s, v, i) => s + v * basis.modes[i * 2 + k]!, 0) / 21)
      rest.forEach((v, i) => expect(c[0]! * basis.modes[i * 2]! + c[1]! * basis.modes[i * 2 + 1]!).toBeCloseTo(v, 9))
    }
    expect(podBasis(fields, count, 1).captured).toBeGreaterThan(0.9)
    expect(codeOf(() => podBasis(fields, count, 13))).toBe('INVALID_OPTION')
  })

  it('is the mean for a zero branch, and linear between the nodes', async () => {
    const network = podDeepOnet({ sensors: 5, branch: smooth(3), basis, at: { kind: 'grid', axes: [nodes] }, ...f64 })
    const v = network.init(key(0))
    const at = (z: number[], x: number[]) => network.decode(v, tensor([z], f64), gridOf(x))
    near(await values(at([0, 0], [...nodes])), [...basis.mean], 12)
    near(
      await values(at([0, 1], [0.025, 2])),
      [(basis.mean[0]! + basis.mean[1]! + basis.modes[1]! + basis.modes[3]!) / 2, basis.mean[20]! + basis.modes[41]!],
      12,
    )
    near(
      await values(network.apply(v, f, { kind: 'points', x: tensor([[0.31]], f64) })),
      await values(network.apply(v, f, gridOf([0.31]))),
    )
    const scattered = podDeepOnet({
      sensors: 5,
      branch: smooth(3),
      basis,
      at: { kind: 'points', x: nodes, axes: 1 },
      ...f64,
    })
    expect(codeOf(() => scattered.apply(v, f, gridOf([0.5])))).toBe('SHAPE_MISMATCH')
  })

  it('works on a grid of two axes', async () => {
    const xs = Float64Array.of(0, 0.5, 1)
    const ts = Float64Array.of(0, 1)
    const two = podBasis(Float64Array.of(0, 1, 2, 3, 4, 5, 5, 3, 2, 8, 1, 0, 1, 1, 0, 2, 1, 4), 3, 1)
    const network = podDeepOnet({
      sensors: 5,
      branch: smooth(3),
      basis: two,
      at: { kind: 'grid', axes: [xs, ts] },
      ...f64,
    })
    const v = network.init(key(0))
    near(await values(network.decode(v, tensor([[0]], f64), gridOf([...xs], [...ts]))), [...two.mean])
    const middle = (two.mean[0]! + two.mean[1]! + two.mean[2]! + two.mean[3]!) / 4
    near(await values(network.decode(v, tensor([[0]], f64), gridOf([0.25], [0.5]))), [middle])
  })
})

describe('hard conditions', () => {
  const hard = vanishing({ axis: 0, at: [-1, 1], satisfies: ['left', 'right'] })
  it('hold for all parameters; wrappers compose; the interior is scaled as stated', async () => {
    const inner = sep()
    const network = withHardConditions(
      withHardConditions(inner, hard),
      vanishing({ axis: 1, at: [0], scale: 3, satisfies: ['start'] }),
    )
    expect(network.satisfies).toEqual(['left', 'right', 'start'])
    const v = network.init(key(0))
    const at = gridOf([-1, 0.5, 1], [0, 0.4])
    const u = await values(network.apply(v, f, at))
    const raw = await values(inner.apply(v, f, at))
    near(
      u,
      raw.map((y, i) => y * [0, 0.75, 0][Math.floor(i / 2) % 3]! * (3 * [0, 0.4][i % 2]!)),
    )
    near(await values(network.apply(v, f, { kind: 'points', x: coordsPoints(at) })), u)
  })
  it('work for several outputs and for networks of the coordinates too', async () => {
    const two = withHardConditions(deep({ outputs: 2 }), hard)
    const u = await values(reshape(two.apply(two.init(key(0)), f, gridOf([-1], [0.3])), [-1]))
    expect(u.every((x) => x === 0)).toBe(true)
    const alone = withHardConditions(pinn({ axes: 2, block: smooth(3), ...f64 }), hard)
    expect(Math.abs((await values(alone.apply(alone.init(key(0)), null, gridOf([1], [0.3]))))[0]!)).toBe(0)
    expect(codeOf(() => vanishing({ axis: 0, at: [] }))).toBe('INVALID_OPTION')
  })
})
