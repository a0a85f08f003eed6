import { describe, expect, test } from 'vitest'
import { key, tensor } from '@spikeward/core'
import type { NeuronModel, Tensor } from '@spikeward/core'
import { atan, integrateAndFire, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import { doubles, mlpFromNir, mlpToNir, nirNetwork, readNir, writeNir } from '@spikeward/nir'
import type { MlpDescription, NeuronDescription, NirArray } from '@spikeward/nir'

const arrayOf = async (t: Tensor): Promise<NirArray> => doubles(t.shape, [...(await t.data())].map(Number))

/** A spiking MLP of operators with neurons of the given coefficients, and its description. */
async function mlp(
  model: NeuronModel,
  neuron: Omit<NeuronDescription, 'initialMembrane'>,
  domain?: [number, number][],
) {
  const options = {
    inputs: 2,
    outputs: 2,
    hidden: [7, 5],
    time: 12,
    neuron: model,
    spike: spike(atan()),
    dtype: 'f64' as const,
  }
  const network = spikingMlp({ ...options, ...(domain ? { domain } : {}), output: { shift: [0.5, -1], scale: [2, 3] } })
  const variables = network.init(key(3))
  const { trained, fixed } = variables
  const description: MlpDescription = {
    layers: await Promise.all(
      trained.layers.map(async ({ weight, bias }, l) => ({
        affine: { weight: await arrayOf(weight), bias: await arrayOf(bias) },
        neuron: { ...neuron, initialMembrane: await arrayOf(fixed.membranes[l]!) },
      })),
    ),
    readout: {
      weight: await arrayOf(trained.readout.weight),
      bias: await arrayOf(trained.readout.bias),
      centre: await arrayOf(fixed.centre),
    },
    normalise: domain
      ? {
          middle: doubles(
            [2],
            domain.map(([a, b]) => (a + b) / 2),
          ),
          factor: doubles(
            [2],
            domain.map(([a, b]) => 2 / (b - a)),
          ),
        }
      : null,
    output: { shift: await arrayOf(fixed.output.shift), scale: await arrayOf(fixed.output.scale) },
    time: 12,
    surrogate: 'atan',
  }
  return { network, variables, description }
}

const leaky = { beta: 0.9, gain: 1, threshold: 1, reset: 'subtract', resetMembrane: 0, resetDelayed: true } as const

describe('a spiking MLP of operators', () => {
  test.each([
    ['leaky, delayed subtraction', leakyIntegrateAndFire({ beta: 0.9 }), leaky],
    ['leaky, hard reset', leakyIntegrateAndFire({ beta: 0.9, reset: 'zero' }), { ...leaky, reset: 'zero' }],
    [
      'leaky, immediate subtraction',
      leakyIntegrateAndFire({ beta: 0.8, resetDelay: false }),
      { ...leaky, beta: 0.8, resetDelayed: false },
    ],
    ['without leak', integrateAndFire(), { ...leaky, beta: 1 }],
    ['without reset', leakyIntegrateAndFire({ beta: 0.5, reset: 'none' }), { ...leaky, beta: 0.5, reset: 'none' }],
  ] as const)('%s: the graph gives the network’s output', async (_, model, neuron) => {
    const { network, variables, description } = await mlp(model, neuron, [
      [0, 1],
      [-2, 2],
    ])
    const graph = await readNir(await writeNir(mlpToNir(description, { allowLossy: true })))
    const executed = nirNetwork(graph, { time: 12, dtype: 'f64' })
    const x = tensor(
      [
        [0.1, 0.3],
        [0.9, -1.5],
        [0.5, 0.5],
      ],
      { dtype: 'f64' },
    )
    const [expected, found] = [
      await network.apply(variables, x).data(),
      await executed.apply(executed.init(key(0)), x).data(),
    ]
    found.forEach((y, i) => expect(Number(y)).toBeCloseTo(Number(expected[i]), 9))
  })

  test('the description comes back exactly from the file', async () => {
    for (const domain of [
      undefined,
      [
        [0, 1],
        [-2, 2],
      ] as [number, number][],
    ]) {
      const { description } = await mlp(leakyIntegrateAndFire({ beta: 0.9 }), leaky, domain)
      const graph = await readNir(await writeNir(mlpToNir(description, { allowLossy: true })))
      expect(mlpFromNir(graph)).toEqual(description)
    }
  })
})

describe('what other readers would run differently', () => {
  test('is refused by name unless it is allowed', async () => {
    const { description } = await mlp(leakyIntegrateAndFire({ beta: 0.9 }), leaky)
    expect(() => mlpToNir(description)).toThrow(/threshold off.*step after.*given values.*NIR_LOSSY/)
  })
  test('is nothing for a hard reset from rest', async () => {
    const { description } = await mlp(leakyIntegrateAndFire({ beta: 0.9, reset: 'zero' }), { ...leaky, reset: 'zero' })
    const layers = description.layers.map((l) => ({ ...l, neuron: { ...l.neuron, initialMembrane: null } }))
    expect(() => mlpToNir({ ...description, layers })).not.toThrow()
  })
})

test('a graph of someone else is no MLP', async () => {
  const { description } = await mlp(leakyIntegrateAndFire({ beta: 0.9 }), leaky)
  const graph = mlpToNir(description, { allowLossy: true })
  expect(() => mlpFromNir({ ...graph, metadata: {} })).toThrow('NIR_NOT_AN_MLP')
  expect(() => mlpFromNir({ ...graph, edges: graph.edges.slice(1) })).toThrow('NIR_NOT_AN_MLP')
})
