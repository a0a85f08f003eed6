import { type Estimator, type NeuronModel, type Tree, key, treeLeaves, treePaths } from '@spikeward/core'
import { bp, rateBackpropagation } from '@spikeward/estimators'
import {
  adaptiveLeakyIntegrateAndFire,
  atan,
  leakyIntegrateAndFire,
  parametricLeakyIntegrateAndFire,
  spike,
  synaptic,
} from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import { ripple } from '@spikeward/problems'
import { regressionTask } from '@spikeward/train'
import { describe, expect, it } from 'vitest'

const problem = ripple({ train: 5, validation: 8, test: 4 })
const numbers = async (tree: Tree): Promise<number[]> =>
  (await Promise.all(treeLeaves(tree).map(async (t) => [...(await t.data())]))).flat()

/** Gradients of one step by leaf, of a network of these neurons. */
async function gradients(
  neuron: NeuronModel,
  hidden: readonly number[],
  e: Estimator,
  given: { readonly residual?: boolean; readonly standardiseWeights?: boolean; readonly chunk?: number } = {},
) {
  const network = spikingMlp({
    ...{ inputs: 2, outputs: 1, hidden, neuron, time: 12, dtype: 'f64', ...given },
    spike: spike(atan()),
  })
  const task = regressionTask({ network, problem, dtype: 'f64' })
  const { trained, fixed } = network.init(key(2))
  const loss = Object.assign((p: typeof trained) => task.objective(p, fixed, task.data(), key(3)), {
    parts: task.parts!(fixed, task.data(), key(3)),
  })
  const { grad } = e.estimate(loss, trained, e.init(trained), { key: key(4) })
  const leaves = treeLeaves(grad)
  return new Map(
    await Promise.all(treePaths(trained).map(async (path, i) => [path, await numbers(leaves[i]!)] as const)),
  )
}

/** |a − b| / |b|. */
const apart = (a: readonly number[], b: readonly number[]): number =>
  Math.hypot(...a.map((x, i) => x - b[i]!)) / Math.hypot(...b)

const models: readonly (readonly [string, NeuronModel])[] = [
  ['no leak, reset detached', leakyIntegrateAndFire({ beta: 1 })],
  ['no leak, reset attached', leakyIntegrateAndFire({ beta: 1, resetDetached: false })],
  ['leak, reset detached', leakyIntegrateAndFire({ beta: 0.8 })],
  ['leak, reset to zero', leakyIntegrateAndFire({ beta: 0.9, reset: 'zero' })],
  ['learned leak and threshold', leakyIntegrateAndFire({ beta: 0.9, learn: ['beta', 'threshold'] })],
  ['a learned leak', parametricLeakyIntegrateAndFire()],
  ['a synaptic current', synaptic({ alpha: 0.7, beta: 0.9 })],
  ['an adaptive threshold', adaptiveLeakyIntegrateAndFire({ beta: 0.9 })],
]

describe('rateBackpropagation with a trace for each synapse', () => {
  it.each(models)('is exact for the last hidden layer above spikes, and averages are not: %s', async (_, neuron) => {
    const [truth, averages, synapses] = [
      await gradients(neuron, [6, 5], bp()),
      await gradients(neuron, [6, 5], rateBackpropagation()),
      await gradients(neuron, [6, 5], rateBackpropagation({ traces: 'perSynapse' })),
    ]
    const exact = [...truth.keys()].filter((path) => /^(layers\.1|neurons\.1|readout)/.test(path))
    for (const path of exact) expect(apart(synapses.get(path)!, truth.get(path)!)).toBeLessThan(1e-9)
    expect(apart(averages.get('layers.1.weight')!, truth.get('layers.1.weight')!)).toBeGreaterThan(1e-4)
    // The error that passes a layer of spikes is that of the rates.
    expect(apart(synapses.get('layers.0.weight')!, truth.get('layers.0.weight')!)).toBeGreaterThan(1e-4)
  })

  it.each([[[6, 6, 6]], [[6, 6]]])('comes nearer to the gradient through residual layers %j', async (hidden) => {
    const neuron = leakyIntegrateAndFire({ beta: 0.9, resetDetached: false })
    const truth = await gradients(neuron, hidden, bp(), { residual: true })
    const path = `layers.${hidden.length - 1}.weight`
    const synapses = await gradients(neuron, hidden, rateBackpropagation({ traces: 'perSynapse' }), { residual: true })
    expect(apart(synapses.get(path)!, truth.get(path)!)).toBeLessThan(1e-9)
    for (const [name, g] of truth) expect(apart(synapses.get(name)!, g)).toBeLessThan(0.5)
  })
})

describe('a trace for each synapse', () => {
  it.each([
    ['layers of other widths', [6, 5, 4], {}],
    ['standardised weights', [6, 5], { standardiseWeights: true }],
    ['chunks of time that differ in length', [6, 5], { chunk: 5 }],
  ])('is exact for the last hidden layer: %s', async (_, hidden, given) => {
    const neuron = leakyIntegrateAndFire({ beta: 0.9 })
    const truth = await gradients(neuron, hidden, bp(), given)
    const mine = await gradients(neuron, hidden, rateBackpropagation({ traces: 'perSynapse' }), given)
    for (const path of [`layers.${hidden.length - 1}.weight`, 'readout.weight'])
      expect(apart(mine.get(path)!, truth.get(path)!)).toBeLessThan(1e-9)
  })
})

describe('rateBackpropagation of learned coefficients', () => {
  it('is exact for one hidden layer', async () => {
    const neuron = leakyIntegrateAndFire({ beta: 0.9, learn: ['beta', 'threshold'] })
    const [mine, truth] = [await gradients(neuron, [7], rateBackpropagation()), await gradients(neuron, [7], bp())]
    expect(truth.size).toBe(6)
    for (const [path, g] of truth) {
      expect(Math.hypot(...g)).toBeGreaterThan(0)
      expect(apart(mine.get(path)!, g)).toBeLessThan(1e-9)
    }
  })
})
