import { describe, expect, test } from 'vitest'
import { grad as gradOf, jit, key, lossParts, mean, square, sub, tensor, zeros } from '@spikeward/core'
import type { NeuronModel, Tensor } from '@spikeward/core'
import { countingBackend } from '@spikeward/core/backend'
import { eligibility } from '@spikeward/estimators'
import { atan, integrateAndFire, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import { doubles, lossesOf, lossesOfGraph, mlpFromNir, mlpToNir, nirNetwork, readNir, writeNir } from '@spikeward/nir'
import type { MlpDescription, NeuronDescription, NirArray, NirGraph, NirParameters } from '@spikeward/nir'

const arrayOf = async (t: Tensor): Promise<NirArray> => doubles(t.shape, [...(await t.data())].map(Number))

/** A spiking MLP of operators with neurons of the given coefficients, and its description. */
async function mlp(
  model: NeuronModel,
  neuron: Omit<NeuronDescription, 'initialMembrane'>,
  domain?: [number, number][],
  hidden = [7, 5],
) {
  const options = {
    inputs: 2,
    outputs: 2,
    hidden,
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

  test('10,000 points take the graph less than 1.5 times the operations of the network, as compiled', async () => {
    const { network, variables, description } = await mlp(
      leakyIntegrateAndFire({ beta: 0.9 }),
      leaky,
      undefined,
      [50, 50],
    )
    const executed = nirNetwork(mlpToNir(description, { allowLossy: true }), { time: 12, dtype: 'f64' })
    const backend = countingBackend()
    const x = zeros([10_000, 2], 'f64')
    const { flops } = jit((at: Tensor) => network.apply(variables, at), { backend }).inspect(x).executable
    const loaded = executed.init(key(0))
    const graph = jit((at: Tensor) => executed.apply(loaded, at), { backend }).inspect(x).executable
    expect(graph.flops / flops).toBeLessThan(1.5)
  })

  test('its affine layers are seen, and eligibility traces give the gradient of the network', async () => {
    const { network, variables, description } = await mlp(leakyIntegrateAndFire({ beta: 0.9 }), leaky, undefined, [6])
    const graph = mlpToNir(description, { allowLossy: true })
    const executed = nirNetwork(graph, { time: 12, dtype: 'f64', spike: spike(atan()) })
    const { trained, fixed } = executed.init(key(0))
    const [x, y] = [
      tensor(
        [
          [0.1, 0.3],
          [0.9, -0.5],
        ],
        { dtype: 'f64' },
      ),
      tensor(
        [
          [1, 0],
          [0, 1],
        ],
        { dtype: 'f64' },
      ),
    ]
    const value = (out: Tensor): Tensor => mean(square(sub(out, y)))
    const loss = Object.assign((p: NirParameters) => value(executed.apply({ trained: p, fixed }, x)), {
      parts: lossParts({
        samples: 2,
        input: x,
        forward: (p: NirParameters, at) => executed.apply({ trained: p, fixed }, at),
        head: (out: Tensor) => mean(square(sub(out, y)), 1),
        residuals: null,
      }),
    })
    const e = eligibility()
    const { grad } = e.estimate(loss, trained, e.init(trained), { key: key(0) })
    const exact = gradOf(loss)(trained)
    for (const [node, name] of [
      ['affine_0', 'weight'],
      ['affine_0', 'bias'],
      ['readout', 'weight'],
    ] as const) {
      const [found, expected] = [await grad[node]![name]!.data(), await exact[node]![name]!.data()]
      found.forEach((g, i) => expect(Number(g)).toBeCloseTo(Number(expected[i]), 9))
      expect(expected.some((g) => g !== 0)).toBe(true)
    }
    expect(network.widths).toEqual([2, 6, 2])
    expect(variables.trained.layers).toHaveLength(1)
  })

  test('the description is restored exactly from the file', async () => {
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
    expect(() => mlpToNir(description)).toThrow(/subtracts the threshold.*step after.*given values.*NIR_LOSSY/)
  })
  test('is nothing for a hard reset from rest', async () => {
    const { description } = await mlp(leakyIntegrateAndFire({ beta: 0.9, reset: 'zero' }), { ...leaky, reset: 'zero' })
    const layers = description.layers.map((l) => ({ ...l, neuron: { ...l.neuron, initialMembrane: null } }))
    expect(() => mlpToNir({ ...description, layers })).not.toThrow()
  })
  test('is nothing for initial membranes that are given and equal rest', async () => {
    const { description } = await mlp(leakyIntegrateAndFire({ beta: 0.9, reset: 'zero' }), { ...leaky, reset: 'zero' })
    const from = (first: number): MlpDescription => ({
      ...description,
      layers: description.layers.map((l) => {
        const n = l.affine.bias.data.length
        const initialMembrane = doubles([n], [first, ...new Array<number>(n - 1).fill(0)])
        return { ...l, neuron: { ...l.neuron, initialMembrane } }
      }),
    })
    const [atRest, elsewhere] = [from(0), from(0.25)]
    const graph = mlpToNir(atRest)
    expect([lossesOf(atRest), lossesOfGraph(graph), mlpFromNir(graph)]).toEqual([[], [], atRest])
    const given = ['membranes start at given values; other readers start them at rest']
    expect([lossesOf(elsewhere), lossesOfGraph(mlpToNir(elsewhere, { allowLossy: true }))]).toEqual([given, given])
  })
  test.each([
    ['v_leak', 0.5, 0],
    ['another membrane', 0, 1],
  ] as const)('of a graph whose neurons start at %s', (_, start, losses) => {
    const all = (v: number): NirArray => doubles([2], [v, v])
    const parameters = { tau: all(0.01), r: all(1), v_leak: all(0.5), v_threshold: all(1) }
    const metadata = { spikeward_initial_membrane: all(start) }
    const graph: NirGraph = {
      type: 'NIRGraph',
      nodes: { neuron: { type: 'LIF', parameters, metadata } },
      edges: [],
      metadata: {},
    }
    expect(lossesOfGraph(graph)).toHaveLength(losses)
  })
})

test('a third-party graph is not an MLP', async () => {
  const { description } = await mlp(leakyIntegrateAndFire({ beta: 0.9 }), leaky)
  const graph = mlpToNir(description, { allowLossy: true })
  expect(() => mlpFromNir({ ...graph, metadata: {} })).toThrow('NIR_NOT_AN_MLP')
  expect(() => mlpFromNir({ ...graph, edges: graph.edges.slice(1) })).toThrow('NIR_NOT_AN_MLP')
})
