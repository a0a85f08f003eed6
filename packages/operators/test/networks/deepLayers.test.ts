/**
 * Residual layers, standardised weights and the scale of hidden weights as options of a network, which hold for its
 * spiking blocks.
 */
import { add, key, matmul, mean, neuronsOf, normal, reshape, tensor } from '@spikeward/core'
import type { Coords, Tensor, Variables } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { deepOnet, mioNet, pinn, podBasis, podDeepOnet, sepOnet, separablePinn } from '../../src/index.js'
import type { SpikingBlockOptions } from '../../src/index.js'
import { codeOf, f64, smooth, spiking, values } from '../operatorFixtures.js'

type Layers = Pick<SpikingBlockOptions, 'residual' | 'standardiseWeights' | 'hiddenGain'>
type Made = { init(k: ReturnType<typeof key>): Variables; apply(v: Variables, f: never, at: Coords): Tensor }

const grid: Coords = { kind: 'grid', axes: [tensor([-1, 0.3], f64), tensor([-0.5, 0.7], f64)] }
const f = normal(key(6), [5, 3], f64)
const block = (layers: Layers): SpikingBlockOptions => ({ ...spiking(4, 4, 4), ...layers })
const size = { axes: 2, features: 3, ...f64 }
const basis = podBasis(
  Float64Array.from({ length: 16 }, (_, i) => Math.sin(1 + 3 * i)),
  4,
  2,
)
const nodes = { kind: 'grid', axes: [Float64Array.of(-1, 1), Float64Array.of(-1, 1)] } as const

/** A network with these options of its own, of blocks with those. */
const networks: readonly (readonly [string, unknown, (own: Layers, of: Layers) => unknown])[] = [
  ['deepOnet', f, (own, of) => deepOnet({ sensors: 3, ...size, branch: block(of), trunk: block(of), ...own })],
  ['sepOnet', f, (own, of) => sepOnet({ sensors: 3, ...size, branch: block(of), trunk: block(of), ...own })],
  [
    'mioNet',
    f,
    (own, of) => mioNet({ ...size, branches: [{ sensors: 3, branch: block(of) }], trunk: block(of), ...own }),
  ],
  ['podDeepOnet', f, (own, of) => podDeepOnet({ sensors: 3, branch: block(of), basis, at: nodes, ...f64, ...own })],
  ['pinn', null, (own, of) => pinn({ axes: 2, block: block(of), ...f64, ...own })],
  ['separablePinn', null, (own, of) => separablePinn({ axes: 2, rank: 3, trunk: block(of), ...f64, ...own })],
]

it.each(networks)('%s passes its options on to spiking blocks that do not set them', async (_, input, make) => {
  const out = async (own: Layers, of: Layers): Promise<number[]> => {
    const network = make(own, of) as Made
    return values(network.apply(network.init(key(1)), input as never, grid))
  }
  const plain = await out({}, {})
  for (const layers of [{ residual: true }, { standardiseWeights: true }, { hiddenGain: 0.5 }]) {
    const passed = await out(layers, {})
    expect(passed).toEqual(await out({}, layers))
    expect(passed).not.toEqual(plain)
    expect(await out(layers, { residual: false, standardiseWeights: false, hiddenGain: 2 })).toEqual(plain)
  }
})

it('blocks that do not spike ignore them beside one that does', async () => {
  const trunkOf = async (own: Layers): Promise<number[]> => {
    const network = deepOnet({ sensors: 3, ...size, branch: spiking(4, 4), trunk: smooth(4, 3), ...own })
    return values(network.trunkFeatures(network.init(key(1)), grid))
  }
  expect(await trunkOf({ residual: true, standardiseWeights: true, hiddenGain: 1 })).toEqual(await trunkOf({}))
})

describe('a network without a spiking block', () => {
  const [branch, trunk] = [smooth(4, 3), smooth(4)]
  it.each<[string, (own: Layers) => unknown]>([
    ['deepOnet', (own) => deepOnet({ sensors: 3, ...size, branch, trunk, ...own })],
    ['sepOnet', (own) => sepOnet({ sensors: 3, ...size, branch, trunk, ...own })],
    ['mioNet', (own) => mioNet({ ...size, branches: [{ sensors: 3, branch }], trunk, ...own })],
    ['podDeepOnet', (own) => podDeepOnet({ sensors: 3, branch, basis, at: nodes, ...f64, ...own })],
    ['pinn', (own) => pinn({ axes: 2, block: trunk, ...f64, ...own })],
    ['pinn of first spikes', (own) => pinn({ axes: 2, block: spiking(4), code: 'firstSpike', ...f64, ...own })],
    ['separablePinn', (own) => separablePinn({ axes: 2, rank: 3, trunk: [trunk, trunk], ...f64, ...own })],
  ])('%s refuses them', (_, make) => {
    for (const own of [{ residual: true }, { standardiseWeights: true }, { hiddenGain: 1 }])
      expect(codeOf(() => make(own))).toBe('INVALID_OPTION')
    expect(() => make({ residual: false, standardiseWeights: false })).not.toThrow()
  })
})

it('hiddenGain scales the initial weights above the first layer, 2 by default', async () => {
  const layers = async (own: Layers): Promise<number[][]> => {
    const { trained } = pinn({ axes: 2, block: spiking(4, 4, 4), ...f64, ...own }).init(key(3))
    return Promise.all(trained.block.layers.map(({ weight }) => values(weight)))
  }
  const [first, ...above] = await layers({})
  const [firstOf, ...scaled] = await layers({ hiddenGain: 0.5 })
  expect(firstOf).toEqual(first)
  expect(scaled).toEqual(above.map((weight) => weight.map((w) => w / 4)))
})

it('refuses residual layers of different widths', () => {
  const make = () => pinn({ axes: 2, block: spiking(4, 3), residual: true })
  expect(codeOf(make)).toBe('INVALID_OPTION')
})

it('a residual branch shifts no mean current over the functions on which its rates are centred', async () => {
  const sample = Float64Array.from({ length: 60 }, (_, i) => 1 + Math.sin(i))
  const branch = { ...spiking(4, 4), time: 8, residual: true }
  const network = deepOnet({ sensors: 3, ...size, branch, trunk: smooth(4), sample })
  const variables = network.init(key(2))
  const f = tensor(sample, { shape: [20, 3], ...f64 })
  const { spikes } = neuronsOf((v: typeof variables) => network.encode(v, f))(variables)[
    'trained.branch.layers.0.weight'
  ]!
  const { weight, bias } = variables.trained.branch.layers[1]!
  const rates = reshape(mean(spikes, [0, 1]), [1, 4])
  expect((await values(rates)).some((rate) => rate > 0)).toBe(true)
  const shift = add(reshape(matmul(rates, weight), [4]), bias)
  for (const current of await values(shift)) expect(current).toBeCloseTo(0, 12)
})
