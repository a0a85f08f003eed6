import { expect, test } from 'vitest'
import { type Tensor, key, tensor } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, recurrent, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import {
  doubles,
  isGraph,
  mlpFromNir,
  mlpToNir,
  nirNetwork,
  readNir,
  toDoubles,
  withParameters,
  writeNir,
} from '@spikeward/nir'
import type { MlpDescription, NirArray, NirNode } from '@spikeward/nir'
import { chain } from '../fixtures.js'

const arrayOf = async (t: Tensor): Promise<NirArray> => doubles(t.shape, Array.from(await t.data(), Number))

const [time, beta] = [10, 0.9]
const network = spikingMlp({
  inputs: 2,
  outputs: 1,
  hidden: [6, 4],
  time,
  neuron: recurrent(leakyIntegrateAndFire({ beta, reset: 'zero' })),
  spike: spike(atan()),
  dtype: 'f64',
})

async function described() {
  const variables = network.init(key(5))
  const { trained, fixed } = variables
  const layers = trained.layers.map(async ({ weight, bias }, l) => ({
    affine: { weight: await arrayOf(weight), bias: await arrayOf(bias) },
    neuron: {
      beta,
      gain: 1,
      threshold: 1,
      reset: 'zero' as const,
      resetMembrane: 0,
      resetDelayed: true,
      initialMembrane: await arrayOf(fixed.membranes[l]!),
    },
    feedback: await arrayOf((trained.neurons![l] as { feedbackWeight: Tensor }).feedbackWeight),
  }))
  const description: MlpDescription = {
    layers: await Promise.all(layers),
    readout: {
      weight: await arrayOf(trained.readout.weight),
      bias: await arrayOf(trained.readout.bias),
      centre: await arrayOf(fixed.centre),
    },
    normalise: null,
    output: null,
    time,
    surrogate: null,
  }
  return { variables, description }
}

const x = tensor(
  [
    [0.2, 0.7],
    [-0.9, 0.4],
  ],
  { dtype: 'f64' },
)
const at = async (graph: Parameters<typeof nirNetwork>[0]): Promise<number[]> => {
  const executed = nirNetwork(graph, { dtype: 'f64' })
  return Array.from(await executed.apply(executed.init(key(0)), x).data(), Number)
}

test('recurrent layers become the subgraphs of the standard, and run as in the network', async () => {
  const { variables, description } = await described()
  const graph = await readNir(await writeNir(mlpToNir(description, { allowLossy: true })))
  const layer = graph.nodes['neuron_0']!
  expect(isGraph(layer) && layer.edges).toEqual([
    ['input', 'neuron'],
    ['neuron', 'w_rec'],
    ['w_rec', 'neuron'],
    ['neuron', 'output'],
  ])
  expect(mlpFromNir(graph)).toEqual(description)
  const expected = Array.from(await network.apply(variables, x).data(), Number)
  const found = await at(graph)
  found.forEach((y, i) => expect(y).toBeCloseTo(expected[i]!, 9))
})

test('trained parameters return to the graph, in its shapes', async () => {
  const graph = mlpToNir((await described()).description, { allowLossy: true })
  const executed = nirNetwork(graph, { dtype: 'f64' })
  const { trained, fixed } = executed.init(key(0))
  const values: Record<string, Record<string, NirArray>> = {}
  const changed: Record<string, Record<string, Tensor>> = {}
  for (const [node, parameters] of Object.entries(trained)) {
    values[node] = {}
    changed[node] = {}
    for (const [name, t] of Object.entries(parameters)) {
      const grown = Array.from(await t.data(), (v) => 1.5 * Number(v))
      const array = doubles(t.shape, grown)
      values[node][name] = array
      changed[node][name] = tensor(Float64Array.from(grown), { shape: [...t.shape], dtype: 'f64' })
    }
  }
  expect(Object.keys(values)).toContain('neuron_1/w_rec')
  const written = withParameters(graph, values)
  const expected = Array.from(await executed.apply({ trained: changed, fixed }, x).data(), Number)
  expect(await at(await readNir(await writeNir(written)))).toEqual(expected)
  expect(await at(graph)).not.toEqual(expected)
  const { readout } = mlpFromNir(written)
  expect(readout.bias).toEqual(values['readout']!['bias'])
  expect(toDoubles(readout.centre).every((c) => c === 0)).toBe(true)
  const wrong = { affine_0: { bias: doubles([3], [1, 2, 3]) } }
  expect(() => withParameters(graph, wrong)).toThrow('SHAPE_MISMATCH')
  const { weight } = values['affine_0']!
  const turned = { ...weight!, shape: [...weight!.shape].reverse() }
  expect(() => withParameters(graph, { affine_0: { weight: turned } })).toThrow('SHAPE_MISMATCH')
})

test('a number that stands for all elements becomes an array of the node’s shape, and of no other', () => {
  const lif: NirNode = {
    type: 'LIF',
    parameters: {
      tau: doubles([2], [1, 1]),
      r: doubles([2], [1, 1]),
      v_leak: doubles([2], [0, 0]),
      v_threshold: doubles([2], [1, 1]),
      v_reset: doubles([], [0]),
    },
    metadata: {},
  }
  const graph = chain(2, lif)
  const reset = (...values: number[]) => ({ n1: { v_reset: doubles([values.length], values) } })
  const { n1 } = withParameters(graph, reset(0.5, -0.5)).nodes
  expect(n1).toEqual({ ...lif, parameters: { ...lif.parameters, v_reset: doubles([2], [0.5, -0.5]) } })
  expect(() => withParameters(graph, reset(1, 2, 3))).toThrow('SHAPE_MISMATCH')
})
