import {
  add,
  jvp,
  key,
  layersOf,
  mean,
  normal,
  perturb,
  square,
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

const close = async (a: Tensor, b: Tensor): Promise<void> => {
  expect(a.shape).toEqual(b.shape)
  const expected = await values(b)
  ;(await values(a)).forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 10))
}

describe.each([...networks, ...severalFunctions])('the layers of %s', (_, network, at) => {
  const { trained, fixed } = network.init(key(3)) as { readonly trained: Tree; readonly fixed: Tree }
  const paths = treePaths(trained)
  const axes = at.kind === 'points' ? [at.x] : at.axes
  const coords = (own: readonly Tensor[]): Coords =>
    at.kind === 'points' ? { ...at, x: own[0]! } : { ...at, axes: own }
  const field = (p: Tree, functions: Tensor, own: readonly Tensor[]): Tensor =>
    network.apply({ trained: p, fixed }, functions, coords(own))
  const layers = layersOf(field, trained, f, axes)

  it('own every learned tensor but a bias of the outputs, once', () => {
    const named = layers.flatMap((l) => [...l.weight, ...l.bias])
    expect([...named].sort()).toEqual(paths.filter((path) => path !== 'bias').sort())
  })

  it('read functions or coordinates, with a row for each', () => {
    const places = axes.map((x) => x.shape[0]!)
    const all = places.reduce((a, b) => a * b, 1)
    for (const { arguments: read, shape } of layers) {
      expect(read).toHaveLength(1)
      expect(read[0] === 0 ? [5] : [all, ...places]).toContain(shape[0])
    }
  })

  it('take a perturbation where a bias is', async () => {
    const { leaves, structure } = treeFlatten(trained)
    const lossOf = (output: Tensor): Tensor => mean(square(output))
    for (const layer of layers) {
      const units = layer.shape.at(-1)!
      const moved = normal(key(units), [units], f64)
      const leaf = paths.indexOf(layer.bias[0]!)
      const withBias = (own: Tensor): Tensor =>
        lossOf(
          field(
            treeUnflatten(
              structure,
              leaves.map((t, i) => (i === leaf ? own : t)),
            ),
            f,
            axes,
          ),
        )
      const withPerturbation = (p: Tensor): Tensor => lossOf(perturb(field)({ [layer.id]: p }, trained, f, axes))
      const [, expected] = jvp(withBias, [leaves[leaf]!], [moved])
      const everyRow = zeros(layer.shape, 'f64')
      const [, found] = jvp((m: Tensor) => withPerturbation(add(everyRow, m)), [zeros([units], 'f64')], [moved])
      await close(found, expected)
      expect(Math.abs(await expected.item())).toBeGreaterThan(1e-9)
    }
  })
})
