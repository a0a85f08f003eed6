import { jit, key as keyOf, mean, normal, square, sub } from '@spikeward/core'
import type { Key, Loss, NeuronModel, Tensor } from '@spikeward/core'
import { bp, rateBackpropagation } from '@spikeward/estimators'
import {
  adaptiveLeakyIntegrateAndFire,
  atan,
  exponentialIntegrateAndFire,
  integrateAndFire,
  lapicque,
  leakyIntegrateAndFire,
  parametricLeakyIntegrateAndFire,
  quadraticIntegrateAndFire,
  recurrent,
  spike,
  synaptic,
} from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import type { SpikingMlpTrained } from '@spikeward/operators'
import { describe, expect, test } from 'vitest'
import { cosine } from '../src/tuned/cosine.js'

/** Cosine of the gradients of each hidden layer's weight by `rateBackpropagation` and by `bp`, in three layers of 24. */
async function cosines(neuron: NeuronModel): Promise<number[]> {
  const network = spikingMlp({ inputs: 2, outputs: 1, hidden: [24, 24, 24], time: 24, neuron, spike: spike(atan()) })
  const found = jit((k: Key) => {
    const [net, points, targets] = k.split(3) as [Key, Key, Key]
    const { trained, fixed } = network.init(net)
    const x = normal(points, [64, 2])
    const y = normal(targets, [64, 1])
    const loss: Loss<SpikingMlpTrained> = Object.assign(
      (p: SpikingMlpTrained) => mean(square(sub(network.apply({ trained: p, fixed }, x), y))),
      {
        parts: {
          samples: 64,
          affineLayers: network.affineLayers,
          forward: (p: SpikingMlpTrained, at: readonly (Tensor | null)[]) =>
            network.perturb({ trained: p, fixed }, x, at),
          head: (output: Tensor) => mean(square(sub(output, y)), 1),
          residuals: null,
        },
      },
    )
    const e = rateBackpropagation()
    const mine = e.estimate(loss, trained, e.init(trained), { key: k }).grad
    const truth = bp().estimate(loss, trained, {}, { key: k }).grad
    return mine.layers.map(({ weight }, l) => cosine(weight, truth.layers[l]!.weight))
  })(keyOf(3))
  return Promise.all(found.map((c) => c.item()))
}

describe('rateBackpropagation', () => {
  test.each<[string, NeuronModel]>([
    ['a membrane without leak', integrateAndFire()],
    ['a leak of 0.9', leakyIntegrateAndFire({ beta: 0.9 })],
    ['a leak of 0.5', leakyIntegrateAndFire({ beta: 0.5 })],
    ['a reset to zero', leakyIntegrateAndFire({ beta: 0.9, reset: 'zero' })],
    ['no reset', leakyIntegrateAndFire({ beta: 0.5, reset: 'none' })],
    ['a soft reset that is not detached', leakyIntegrateAndFire({ beta: 0.9, resetDetached: false })],
    ['synaptic currents', synaptic()],
    ['an adaptive threshold', adaptiveLeakyIntegrateAndFire()],
    ['lapicque', lapicque()],
    ['a quadratic membrane', quadraticIntegrateAndFire()],
    ['an exponential membrane', exponentialIntegrateAndFire()],
    ['learned leaks', parametricLeakyIntegrateAndFire()],
  ])('points along the gradient in each of three layers: %s', async (_, neuron) => {
    for (const c of await cosines(neuron)) expect(c).toBeGreaterThan(0.95)
  })

  test('refuses recurrent weights', async () => {
    const neuron = recurrent(leakyIntegrateAndFire({ beta: 0.9 }))
    await expect(cosines(neuron)).rejects.toThrow(expect.objectContaining({ code: 'PARAMETER_WITHOUT_LAYER' }))
  })
})
