import { describe, expect, it } from 'vitest'
import { type NeuronModel, type Tensor, jvp, mean, onesLike, tensor } from '@spikeward/core'
import { type FewSpikeState, atan, fewSpike, spike, unroll } from '../../src/index.js'

const fire = spike(atan(), { atThreshold: 1 })
const currents = [-3, -0.01, 0, 0.1, 0.5, 0.7, 1.26, 1.99, 7]
const x = tensor(currents, { dtype: 'f64' })
const outputs = (model: NeuronModel<Record<never, Tensor>, FewSpikeState>, steps: number, current = x): Tensor =>
  unroll(model, {}, model.rest(current.shape, 'f64'), current, { steps }, fire).outputs

describe('fewSpike', () => {
  it.each([
    { steps: 4, cycles: 1 },
    { steps: 8, cycles: 3 },
    { steps: 10, cycles: 2 },
  ])('is a rectified unit of $steps bits over $cycles cycles', async ({ steps, cycles }) => {
    const model = fewSpike({ bits: steps, range: 2 })
    const unit = 2 * 2 ** -steps
    const rounded = currents.map((c) => Math.max(0, Math.min(2 - unit, Math.floor(c / unit) * unit)))
    expect([...(await mean(outputs(model, cycles * steps), 0).data())]).toEqual(rounded)
  })

  it('sends one spike for each binary digit', async () => {
    const model = fewSpike({ bits: 4, range: 1 })
    expect([...(await outputs(model, 4, tensor([0.7], { dtype: 'f64' })).data())]).toEqual([2, 0, 0.5, 0.25])
  })

  it('has a derivative in the current that is about 1 inside the range, and small outside', async () => {
    const [, slope] = jvp((c: Tensor) => mean(outputs(fewSpike({ range: 2 }), 8, c), 0), [x], [onesLike(x)])
    const [far, , , ...inside] = [...(await slope.data())].map(Number)
    const over = inside.pop()!
    expect(Math.max(far!, over)).toBeLessThan(0.2)
    for (const s of inside) expect(Math.abs(s - 1)).toBeLessThan(0.2)
  })
})
