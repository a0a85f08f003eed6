import {
  add,
  jvp,
  key,
  mean,
  mul,
  normal,
  reshape,
  square,
  sum,
  tensor,
  treeFlatten,
  treePaths,
  treeUnflatten,
  zeros,
} from '@spikeward/core'
import type { Coords, OperatorNetwork, Tensor, Tree } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import {
  amplitude,
  deepOnet,
  mioNet,
  podBasis,
  podDeepOnet,
  sepOnet,
  vanishing,
  withAmplitude,
  withHardConditions,
} from '../../src/index.js'
import { f64, smooth, spiking, values } from '../operatorFixtures.js'

const grid: Coords = { kind: 'grid', axes: [tensor([-1, 0.3, 0.8], f64), tensor([-0.5, 0.7], f64)] }
const scattered: Coords = { kind: 'points', x: normal(key(5), [4, 2], f64) }
const f = normal(key(6), [5, 3], f64)
const options = { sensors: 3, axes: 2, features: 3, outputs: 2, output: { shift: [1, 2], scale: [2, 3] }, ...f64 }
const domain = [
  [-2, 2],
  [-1, 1],
] as const
const size = amplitude({ unit: 2, told: true })
const blocks = { branch: spiking(4, 5), trunk: smooth(6, 4) }
/** Four solutions on a grid of 3 × 2 points, and two modes of them. */
const solutions = Float64Array.from({ length: 24 }, (_, i) => Math.sin(1 + 3 * i))
const pod = podDeepOnet({
  sensors: 3,
  branch: blocks.branch,
  basis: podBasis(solutions, 4, 2),
  at: { kind: 'grid', axes: [Float64Array.of(-2, 0, 2), Float64Array.of(-1, 1)] },
  scale: 2,
  ...f64,
})
const networks: readonly (readonly [string, OperatorNetwork, Coords])[] = [
  ['deepOnet on a grid', deepOnet({ ...options, ...blocks, domain }), grid],
  [
    'deepOnet at points',
    deepOnet({ ...options, ...blocks, trunk: spiking(5), multiOutput: 'split-branch' }),
    scattered,
  ],
  ['sepOnet on a grid', sepOnet({ ...options, ...blocks, rank: 2, domain }), grid],
  ['sepOnet at points', sepOnet({ ...options, ...blocks, outputs: 1, output: { shift: [1], scale: [2] } }), scattered],
  [
    'a wrapped sepOnet',
    withHardConditions(
      sepOnet({ ...options, ...blocks, outputs: 1, output: { shift: [1], scale: [2] } }),
      vanishing({ axis: 0, at: [-2, 2] }),
    ),
    grid,
  ],
  [
    'a wrapped deepOnet of several outputs, the trunk split',
    withHardConditions(
      withAmplitude(deepOnet({ ...options, ...blocks, sensors: 4, multiOutput: 'split-trunk', domain }), size),
      vanishing({ axis: 1, at: [-1] }),
    ),
    scattered,
  ],
  [
    'a sepOnet on a grid, branch split, amplitude told',
    withAmplitude(sepOnet({ ...options, ...blocks, sensors: 4, rank: 2, multiOutput: 'split-branch' }), size),
    grid,
  ],
  [
    'a sepOnet at points, trunk split',
    sepOnet({ ...options, ...blocks, rank: 2, multiOutput: 'split-trunk' }),
    scattered,
  ],
  [
    'a sepOnet of residual layers with standardised weights',
    sepOnet({ ...options, branch: spiking(4, 4), trunk: spiking(5, 5), residual: true, standardiseWeights: true }),
    grid,
  ],
  ['podDeepOnet on a grid', pod, grid],
  ['podDeepOnet at points', pod, scattered],
]

const branches = [
  { sensors: 2, branch: spiking(4) },
  { sensors: 1, branch: smooth(5) },
]
const several = {
  axes: 2,
  features: 3,
  outputs: 2,
  output: options.output,
  trunk: smooth(6, 4),
  branches,
  domain,
  ...f64,
}
const severalFunctions: typeof networks = [
  ['a MIONet', mioNet(several), scattered],
  [
    'a wrapped MIONet, the branches split',
    withHardConditions(
      withAmplitude(mioNet({ ...several, multiOutput: 'split-branch' }), amplitude({ unit: 2 })),
      vanishing({ axis: 1, at: [-1] }),
    ),
    grid,
  ],
]

type Side = {
  readonly name: string
  readonly rows: number
  readonly affineLayers: NonNullable<OperatorNetwork['encoders']>[number]['affineLayers']
  readonly run: (
    v: Tree,
    perturbations: readonly (Tensor | null)[],
  ) => { output: Tensor; presynaptic: readonly Tensor[] }
  /** Arranges a field by samples. */
  readonly arrange: (field: Tensor) => Tensor
  readonly cotangent: (v: Tree, slope: Tensor) => Tensor
}

/** All sides of a network as functions of perturbations to the field. */
function sidesOf(network: OperatorNetwork, at: Coords): Side[] {
  const places = (a: number): number => (at.kind === 'points' ? at.x.shape[0]! : at.axes[a]!.shape[0]!)
  const decoders = network.decoders ?? []
  const rows = (a: number): number =>
    decoders.length > 1 || at.kind === 'points' ? places(a) : at.axes.reduce((n, x) => n * x.shape[0]!, 1)
  return [
    ...network.encoders!.map((side, i) => ({
      name: `encoder ${i}`,
      rows: 5,
      affineLayers: side.affineLayers,
      run(v: Tree, perturbations: readonly (Tensor | null)[]) {
        const { output, presynaptic } = side.perturb(v, f, perturbations)
        return { output: network.decode(v, output, at), presynaptic }
      },
      arrange: (field: Tensor) => reshape(field, [field.shape[0]!, -1]),
      cotangent: (v: Tree, slope: Tensor) => side.cotangent!(v, network.encode(v, f), at, slope, f),
    })),
    ...decoders.map((side, a) => ({
      name: `decoder ${a}`,
      rows: rows(a),
      affineLayers: side.affineLayers,
      run: (v: Tree, perturbations: readonly (Tensor | null)[]) =>
        side.perturb(v, network.encode(v, f), at, perturbations),
      arrange: (field: Tensor) => side.arrange(field, at),
      cotangent: (v: Tree, slope: Tensor) => side.cotangent!(v, network.encode(v, f), at, slope),
    })),
  ]
}

const close = async (a: Tensor, b: Tensor): Promise<void> => {
  expect(a.shape).toEqual(b.shape)
  const expected = await values(b)
  ;(await values(a)).forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 10))
}

describe.each([...networks, ...severalFunctions])('the sides of %s', (_, network, at) => {
  const variables = network.init(key(3)) as { readonly trained: Tree; readonly fixed: Tree }
  const paths = treePaths(variables.trained)

  it('name every learned tensor once', () => {
    const named = sidesOf(network, at).flatMap(({ affineLayers }) =>
      affineLayers.flatMap((s) => [s.weight ?? [], s.bias].flat()),
    )
    expect([...named].sort()).toEqual([...paths].sort())
  })

  it('are the plain pass without perturbations, and show the input of each layer', async () => {
    const field = network.apply(variables, f, at)
    for (const { rows, affineLayers, run } of sidesOf(network, at)) {
      const { output, presynaptic } = run(
        variables,
        affineLayers.map(() => null),
      )
      await close(output, field)
      expect(presynaptic.map((x) => x.shape)).toEqual(affineLayers.map((s) => [rows, s.fanIn]))
    }
  })

  it('give the adjoint of what follows the last layer: ⟨cotangent(s), p⟩ = ⟨s, ∂field · p⟩', async () => {
    for (const { rows, affineLayers, run, arrange, cotangent } of sidesOf(network, at)) {
      const perturbation = normal(key(31), [rows, affineLayers.at(-1)!.units], f64)
      const behind = (p: Tensor): Tensor =>
        arrange(
          run(
            variables,
            affineLayers.map((_, i) => (i === affineLayers.length - 1 ? p : null)),
          ).output,
        )
      const [, moved] = jvp(behind, [zeros(perturbation.shape, 'f64')], [perturbation])
      const slope = normal(key(32), moved.shape, f64)
      const found = cotangent(variables, slope)
      expect(found.shape).toEqual(perturbation.shape)
      const expected = await sum(mul(slope, moved)).item()
      expect(await sum(mul(found, perturbation)).item()).toBeCloseTo(expected, 9)
      expect(Math.abs(expected)).toBeGreaterThan(1e-6)
    }
  })

  it('add a perturbation where a bias is', async () => {
    const { leaves, structure } = treeFlatten(variables.trained)
    const lossOf = (output: Tensor): Tensor => mean(square(output))
    for (const { rows, affineLayers, run } of sidesOf(network, at)) {
      for (const [l, layer] of affineLayers.entries()) {
        const moved = normal(key(l), [layer.units], f64)
        const leaf = paths.indexOf(layer.bias)
        const withBias = (b: Tensor): Tensor =>
          lossOf(
            network.apply(
              {
                trained: treeUnflatten(
                  structure,
                  leaves.map((t, i) => (i === leaf ? b : t)),
                ),
                fixed: variables.fixed,
              },
              f,
              at,
            ),
          )
        const withPerturbation = (p: Tensor): Tensor =>
          lossOf(
            run(
              variables,
              affineLayers.map((__, i) => (i === l ? p : null)),
            ).output,
          )
        const [, expected] = jvp(withBias, [leaves[leaf]!], [moved])
        const everyRow = zeros([rows, layer.units], 'f64')
        const [, found] = jvp((m: Tensor) => withPerturbation(add(everyRow, m)), [zeros([layer.units], 'f64')], [moved])
        await close(found, expected)
        expect(Math.abs(await expected.item())).toBeGreaterThan(1e-9)
      }
    }
  })

  it('arrange a field with a row for each place', async () => {
    const field = network.apply(variables, f, at)
    for (const [a, side] of (network.decoders ?? []).entries()) {
      const laid = side.arrange(field, at)
      expect(laid.shape).toEqual([
        sidesOf(network, at)[network.encoders!.length + a]!.rows,
        field.size / laid.shape[0]!,
      ])
      expect(await mean(square(laid)).item()).toBeCloseTo(await mean(square(field)).item(), 10)
    }
  })

  it('a perturbation of one point changes only that point', async () => {
    for (const [a, side] of (network.decoders ?? []).entries()) {
      const { rows, affineLayers, run } = sidesOf(network, at)[network.encoders!.length + a]!
      const readout = affineLayers.length - 1
      const one = tensor(
        Float64Array.from({ length: rows * affineLayers[readout]!.units }, (__, i) =>
          i < affineLayers[readout]!.units ? 1 : 0,
        ),
        { ...f64, shape: [rows, affineLayers[readout]!.units] },
      )
      const perturbations = affineLayers.map((__, i) => (i === readout ? one : null))
      const moved = side.arrange(run(variables, perturbations).output, at)
      const [was, now] = [await values(side.arrange(network.apply(variables, f, at), at)), await values(moved)]
      const width = moved.shape[1]!
      const changed = now.map((v, i) => (Math.abs(v - was[i]!) > 1e-12 ? Math.floor(i / width) : -1))
      expect([...new Set(changed.filter((row) => row >= 0))]).toEqual([0])
    }
  })
})

describe('networks that show a part', () => {
  it('a POD-DeepONet its branch, a MIONet its branches and its trunk, a modified block nothing', () => {
    const axis = Float64Array.of(0, 1, 2)
    const basis = podBasis(Float64Array.of(1, 2, 3, 2, 1, 0, 0, 1, 5), 3, 2)
    const pod = podDeepOnet({ sensors: 3, branch: smooth(4), basis, at: { kind: 'grid', axes: [axis] } })
    expect([pod.encoders?.[0]?.affineLayers.length, pod.decoders]).toEqual([2, undefined])
    const mio = mioNet({ axes: 2, features: 3, branches: [{ sensors: 3, branch: smooth(4) }], trunk: smooth(4) })
    expect([mio.encoders?.length, mio.decoders?.length]).toEqual([1, 1])
    const modified = { kind: 'modified', hidden: [4, 4] } as const
    const deep = deepOnet({ ...options, branch: modified, trunk: modified })
    expect([deep.encoders, deep.decoders]).toEqual([undefined, undefined])
    expect(sepOnet({ ...options, branch: modified, trunk: [modified, smooth(3)] }).decoders).toBeUndefined()
  })
})
