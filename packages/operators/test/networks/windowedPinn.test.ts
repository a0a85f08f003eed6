import { type Coords, type Tensor, tensor, key } from '@spikeward/core'
import { expect, it } from 'vitest'
import { exactDerivatives, fieldOf, pinn } from '../../src/index.js'
import { codeOf, f64, smooth, spiking, values } from '../operatorFixtures.js'

const domain = [
  [-1, 3],
  [0, 1],
] as const
const subdomains = [4, 3]
const network = pinn({ axes: 2, subdomains, block: smooth(5), domain, ...f64 })
const variables = network.init(key(1))
const points = (...x: readonly (readonly number[])[]): Coords => ({
  kind: 'points',
  x: tensor(Float64Array.from(x.flat()), { ...f64, shape: [x.length, x[0]!.length] }),
})

it('has a network of the size of the block in every subdomain, as one hidden layer', () => {
  const { layers, readout } = variables.trained.block
  expect([layers[0]!.weight.shape, readout.weight.shape]).toEqual([
    [2, 60],
    [60, 1],
  ])
})

it('its windows add up to 1 inside and a stencil beyond the ends: units of value 1 give a constant', async () => {
  // tanh(40) is 1 to the last bit.
  const { block } = variables.trained
  const [layer] = block.layers
  const flat = (t: Tensor, value: number) => tensor(new Float64Array(t.size).fill(value), { ...f64, shape: t.shape })
  const ones = {
    ...variables,
    trained: {
      block: {
        ...block,
        layers: [{ weight: flat(layer!.weight, 0), bias: flat(layer!.bias, 40) }],
        readout: { weight: flat(block.readout.weight, 0.2), bias: flat(block.readout.bias, 0) },
      },
    },
  }
  const at = points([-1, 0], [-0.3, 0.4], [0.7, 0.5], [3, 1], [1.9, 0.01], [-1.4, 1.3])
  for (const value of await values(network.apply(ones, null, at))) expect(value).toBeCloseTo(1, 12)
})

it('the units of a subdomain act on it and its neighbours alone', async () => {
  const line = pinn({ axes: 1, subdomains: [5], block: smooth(3), ...f64 })
  const own = line.init(key(2))
  const moved = {
    ...own,
    trained: {
      block: {
        ...own.trained.block,
        readout: {
          ...own.trained.block.readout,
          weight: tensor(
            Float64Array.from(await values(own.trained.block.readout.weight), (w, i) => (i < 3 ? w + 1 : w)),
            { ...f64, shape: [15, 1] },
          ),
        },
      },
    },
  }
  // Cells are 0.4 wide: the window of the first, centred on -0.8, ends at -0.4.
  const at = points([-0.9], [-0.5], [-0.39], [0.2], [1])
  const [before, after] = [await values(line.apply(own, null, at)), await values(line.apply(moved, null, at))]
  expect(before.map((value, i) => Math.abs(value - after[i]!) > 1e-9)).toEqual([true, true, false, false, false])
})

it('exact derivatives include those of the windows', async () => {
  const field = fieldOf(network, variables, network.encode(variables, null), { differentiate: exactDerivatives() })
  const [h, x, t] = [1e-5, 0.61, 0.37]
  const [slope] = await values(field.d(points([x, t]), 0))
  const [low, high] = await values(network.apply(variables, null, points([x - h, t], [x + h, t])))
  expect(slope).toBeCloseTo((high! - low!) / (2 * h), 6)
})

it('takes one number for all axes, and spiking blocks', async () => {
  const spikes = pinn({ axes: 2, subdomains: [2], block: spiking(4), ...f64 })
  const own = spikes.init(key(3))
  expect(own.trained.block.readout.weight.shape).toEqual([16, 1])
  expect((await values(spikes.apply(own, null, points([0.1, 0.2], [-1, 1])))).every(Number.isFinite)).toBe(true)
})

it.each([
  ['another number of axes', { axes: 2, subdomains: [2, 2, 2], block: smooth(3) }],
  ['several hidden layers', { axes: 1, subdomains: [2], block: smooth(3, 3) }],
  ['gated encoders', { axes: 1, subdomains: [2], block: { kind: 'modified' as const, hidden: [3] } }],
])('refuses %s', (_, options) => {
  expect(codeOf(() => pinn({ ...options, ...f64 }))).toBe('INVALID_OPTION')
})
