import { beforeAll, describe, expect, it } from 'vitest'
import { abs, key, max, mul, sub, uniform } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { fronts, trajectories } from '../src/events/fronts.js'
import type { Trajectories } from '../src/events/fronts.js'
import { costOf, errorOf, eventRollout, initialParams, rollout } from '../src/events/stepper.js'
import type { Params } from '../src/events/stepper.js'

const stepper = { width: 3, stride: 2 }
const STEPS = 6

describe('an event-driven time-stepper', () => {
  let params: Params
  let u: Tensor
  let dense: Tensor
  beforeAll(() => {
    params = initialParams(stepper, key(1))
    u = uniform(key(2), [2, 256, 1])
    dense = rollout(params, u, STEPS)
  })
  const difference = async (fields: Tensor): Promise<number> => max(abs(sub(fields, dense))).item()

  it('computes the dense one with thresholds of 0, where every change is a message', async () => {
    const [fields, sent] = eventRollout(params, u, STEPS, [0, 0, 0])
    expect(await difference(fields)).toBeLessThan(1e-5)
    const [a, , c] = await sent.data()
    expect(a).toBe(2 * 256 * STEPS)
    // Rectified units that stay at 0 change nothing.
    expect(c).toBeLessThan(2 * 256 * 3 * STEPS)
  })

  it('sends less and errs more with higher thresholds', async () => {
    const [low, fewer] = eventRollout(params, u, STEPS, [0.01, 0.01, 0.01])
    const [high, fewest] = eventRollout(params, u, STEPS, [0.1, 0.1, 0.1])
    const [some = 0] = await fewer.data()
    const [least = 0] = await fewest.data()
    expect(least).toBeLessThan(some)
    const [small, large] = [await difference(low), await difference(high)]
    expect(small).toBeGreaterThan(1e-5)
    expect(large).toBeGreaterThan(small)
  })

  it('costs what a dense one costs if every unit sends in every step', () => {
    // 2 units of time in steps of 0.1; 5 · (1·3 + 3·3 + 3·1) products a cell and step.
    const all = costOf(stepper, [256 * 20, 256 * 20 * 3, 256 * 20 * 3])
    expect(all.operations).toBe((256 * 20 * 5 * 15) / 2)
    const none = costOf(stepper, [0, 0, 0])
    expect(none.operations).toBe(0)
    // Silent units are updated all the same: 52 pJ each.
    expect(none.energy).toBeCloseTo((256 * 20 * 7 * 0.052) / 2, 9)
  })
})

describe('trajectories', () => {
  it('have the error 0 against themselves, and that of holding the first field above it', async () => {
    const data: Trajectories = await trajectories(fronts[0]!, key(3), 2)
    const stride = 2
    const fields = new Float32Array(20 * 2 * 256)
    for (let step = 0; step < 20; step++)
      for (let f = 0; f < 2; f++)
        fields.set(
          data.values.subarray((f * 41 + (step + 1) * stride) * 256, (f * 41 + (step + 1) * stride + 1) * 256),
          (step * 2 + f) * 256,
        )
    expect(errorOf(fields, data, stride)).toBe(0)
    expect(errorOf(await mul(uniform(key(4), [20 * 2 * 256]), 1).data(), data, stride)).toBeGreaterThan(0.1)
  })
})
