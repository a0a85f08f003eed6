import { describe, expect, it } from 'vitest'
import { key, lossParts, mean, square, sub, tensor } from '@spikeward/core'
import type { Estimator, Loss, NeuronModel, Tensor } from '@spikeward/core'
import { bp, rfg, spsa } from '@spikeward/estimators'
import { addCounts, countStep } from '@spikeward/energy'
import { atan, leakyIntegrateAndFire, spike, winners } from '@spikeward/neurons'
import { type SpikingMlpTrained, spikingMlp } from '@spikeward/operators'
import { adam } from '@spikeward/optim'

const [samples, time] = [2, 2]
const network = spikingMlp({
  inputs: 1,
  outputs: 1,
  hidden: [4, 3],
  time,
  neuron: leakyIntegrateAndFire({ beta: 0.9 }),
  spike: spike(atan()),
})
const { trained, fixed } = network.init(key(1))
const data = { x: tensor([[0.1], [0.9]]), y: tensor([[1], [0]]) }

const lossAt = (f: typeof fixed, d: typeof data): Loss<SpikingMlpTrained> => {
  const parts = lossParts({
    samples,
    input: d.x,
    forward: (p: SpikingMlpTrained, x) => network.apply({ trained: p, fixed: f }, x),
    head: (output: Tensor) => mean(square(sub(output, d.y)), 1),
    residuals: null,
  })
  const loss = (p: SpikingMlpTrained): Tensor => mean(square(sub(network.apply({ trained: p, fixed: f }, d.x), d.y)))
  return Object.assign(loss, { parts })
}

const count = (estimator: Estimator) =>
  countStep({ lossAt, estimator, optimizer: adam(1e-3), trained, fixed, data, key: key(2) })

describe('countStep', () => {
  it('counts the forward pass of a spiking perceptron as by hand', async () => {
    const { forward, firingRate, activationSparsity, footprint, update } = await count(bp())
    expect(forward.dense).toBe(samples * 1 * 4 + time * samples * 4 * 3 + samples * 3 * 1)
    expect(forward.decisions).toBe(time * samples * (4 + 3))
    expect(firingRate).toBeCloseTo(forward.spikes / forward.decisions, 12)
    expect(activationSparsity).toBeCloseTo(1 - firingRate!, 12)
    // Events: every spike of the first layer reaches three neurons.
    expect(forward.acs % 3).toBe(0)
    const parameters = 4 + 4 + 12 + 3 + 3 + 1
    expect(footprint.parameters).toBe(4 * parameters)
    expect(update.weightWrites).toBe(parameters)
  })

  it('counts the spikes of winners, and their comparisons as no decisions', async () => {
    const of = async (neuron: NeuronModel) => {
      const one = spikingMlp({ inputs: 1, outputs: 1, hidden: [6], time: 4, neuron, spike: spike(atan()) })
      const { trained: p, fixed: f } = one.init(key(3))
      const loss = () => (own: typeof p) => mean(square(sub(one.apply({ trained: own, fixed: f }, data.x), data.y)))
      const step = { lossAt: loss, estimator: bp(), optimizer: adam(1e-3), trained: p, fixed: f, data, key: key(2) }
      return countStep(step)
    }
    const neuron = leakyIntegrateAndFire({ threshold: 0.1 })
    const [all, sparse] = [await of(neuron), await of(winners(neuron, 1))]
    expect(all.firingRate).toBeGreaterThan(1 / 6)
    expect(sparse.firingRate).toBeLessThanOrEqual(1 / 6)
    expect(sparse.forward.decisions).toBe(all.forward.decisions)
    expect(sparse.forward.additions).toBeGreaterThan(all.forward.additions)
  })

  it('adds up, and charges each estimator for what it does', async () => {
    const ledgers = { bp: await count(bp()), rfg: await count(rfg()), spsa: await count(spsa()) }
    for (const { total, draws, estimate, update } of Object.values(ledgers))
      expect(total).toEqual([draws, estimate, update].reduce(addCounts))
    expect(ledgers.bp.draws.random).toBe(0)
    expect(ledgers.rfg.draws.random).toBeGreaterThan(0)
    // spsa evaluates twice; only back-propagation stores a sequence for every state.
    expect(ledgers.spsa.estimate.dense).toBe(2 * ledgers.spsa.forward.dense)
    expect(ledgers.bp.estimate.sequenceWrites).toBeGreaterThan(ledgers.rfg.estimate.sequenceWrites)
  })
})
