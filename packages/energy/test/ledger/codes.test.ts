import { describe, expect, it } from 'vitest'
import {
  add,
  grad,
  jvp,
  key,
  lossParts,
  mean,
  mul,
  normal,
  square,
  sub,
  sum,
  tensor,
  treeLeaves,
  treeMap,
} from '@spikeward/core'
import type { Estimator, Loss, NeuronModel, Tensor, Tree } from '@spikeward/core'
import { bp, rfg } from '@spikeward/estimators'
import { countStep } from '@spikeward/energy'
import {
  atan,
  bipolarIntegrateAndFire,
  fewSpike,
  integrateAndFire,
  sigmaDelta,
  spike,
  variableSpiking,
  winners,
} from '@spikeward/neurons'
import { type SpikingMlpTrained, pinn, spikingMlp } from '@spikeward/operators'
import { adam } from '@spikeward/optim'

const [samples, time, hidden] = [4, 8, [6, 5]]

/** The codes of hidden layers: each has forward derivatives, a direction for each layer, and a place in the ledger. */
const codes: Readonly<Record<string, NeuronModel>> = {
  'binary spikes': integrateAndFire({ threshold: 0.2 }),
  'sigma–delta, a threshold for each channel': sigmaDelta({ threshold: 0.05, learn: ['threshold'] }),
  'graded, signed': variableSpiking({ beta: 1, threshold: 0.1, activation: 'tanh' }),
  'few spikes': fewSpike({ bits: 8 }),
  'spikes of either sign': bipolarIntegrateAndFire({ threshold: 0.2 }),
  'k winners of either sign': winners(sigmaDelta({ threshold: 0.05 }), 2),
  'k winners': winners(integrateAndFire({ threshold: 0.2 }), 2),
}

/** Compares both modes along a random direction, and looks for a direction of rfg in each layer. */
async function expectDerivatives<P extends Tree>(
  loss: Loss<P>,
  trained: P,
  layersOf: (p: P) => SpikingMlpTrained['layers'],
): Promise<void> {
  const keys = key(3)
  const along = treeMap((t: Tensor) => normal(keys, t.shape), trained)
  const [, forward] = jvp(loss, [trained], [along])
  const reverse = treeLeaves(treeMap((g, v) => sum(mul(g, v)), grad(loss)(trained), along)).reduce((a, b) => add(a, b))
  expect(await forward.item()).toBeCloseTo(await reverse.item(), 5)
  const layers = rfg({ scope: 'layerwise' })
  const { grad: own } = layers.estimate(loss, trained, layers.init(trained), { key: keys })
  for (const { weight } of layersOf(own)) expect(await sum(square(weight)).item()).toBeGreaterThan(0)
}

describe.each(Object.entries(codes))('%s', (_, neuron) => {
  const network = spikingMlp({ inputs: 1, outputs: 1, hidden, time, neuron, spike: spike(atan()) })
  const { trained, fixed } = network.init(key(1))
  const data = { x: tensor([[0.1], [0.4], [0.7], [0.9]]), y: tensor([[1], [0.5], [0.2], [0]]) }
  const lossAt = (f: typeof fixed, d: typeof data): Loss<SpikingMlpTrained> => {
    const forward = (p: SpikingMlpTrained, x: Tensor): Tensor => network.apply({ trained: p, fixed: f }, x)
    const head = (output: Tensor): Tensor => mean(square(sub(output, d.y)), 1)
    const loss = (p: SpikingMlpTrained): Tensor => mean(square(sub(forward(p, d.x), d.y)))
    return Object.assign(loss, { parts: lossParts({ samples, input: d.x, forward, head, residuals: null }) })
  }
  const count = (estimator: Estimator) =>
    countStep({ lossAt, estimator, optimizer: adam(1e-3), trained, fixed, data, key: key(2) })

  it('sends some of its values, and the ledger counts each decision', async () => {
    const { forward, firingRate } = await count(bp())
    // Also of a unit that fires with either sign: it compares one value with two thresholds.
    expect(forward.decisions).toBe(time * samples * (6 + 5))
    expect(firingRate).toBeGreaterThan(0)
    expect(firingRate).toBeLessThan(1)
  })

  it('has the forward derivative of reverse mode, and one direction for each layer', async () => {
    await expectDerivatives(lossAt(fixed, data), trained, ({ layers }) => layers)
  })
})

describe('first spikes, whose times have a closed form', () => {
  const network = pinn({ axes: 1, block: { kind: 'firstSpike', hidden: [6, 5] } })
  const { trained, fixed } = network.init(key(1))
  type Trained = typeof trained
  const data = { x: tensor([[-0.8], [-0.1], [0.3], [0.9]]), y: tensor([[1, 0.5, 0.2, 0]]) }
  const lossAt = (f: typeof fixed, { x, y }: typeof data): Loss<Trained> => {
    return (p) => mean(square(sub(network.apply({ trained: p, fixed: f }, null, { kind: 'points', x }), y)))
  }

  it('cost the ledger no decision, and no operation for a neuron that never spikes', async () => {
    const step = { lossAt, estimator: bp(), optimizer: adam(1e-3), trained, fixed, data, key: key(2) }
    const { forward, firingRate } = await countStep(step)
    expect([forward.decisions, firingRate]).toEqual([0, null])
    expect(forward.dense).toBe(samples * (6 + 6 * 5 + 5))
    expect(forward.weightReadsByEvent).toBe(forward.macs)
    expect(forward.macs).toBeLessThan(forward.dense)
  })

  it('have the forward derivative of reverse mode, and one direction for each layer', async () => {
    await expectDerivatives(lossAt(fixed, data), trained, ({ block }) => (block as SpikingMlpTrained).layers)
  })
})
