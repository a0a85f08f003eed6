import { describe, expect, it } from 'vitest'
import { key, mul, uniform } from '@spikeward/core'
import { trainingEnergy } from '../src/events.js'
import { cellsOf, errorOf, framesOf, fronts, initialParams, nonzeros } from '../src/fronts.js'
import { operationsOf, planeFronts, setsOf, stepsOf, trafficOf } from '../src/fronts.js'

const line = fronts[0]!
const [square, larger] = [planeFronts[1]![0]!, planeFronts[1]![1]!]
const stepper = { width: 3, depth: 2, stride: 2 }

describe('a time-stepper of fronts', () => {
  it('costs 5 · (1·3 + 3·3 + 3·1) products a cell and step', () => {
    expect(operationsOf(trafficOf(line, stepper, 20))).toBe(256 * 20 * 5 * 15)
    expect(stepsOf(line, stepper)).toBe(20)
    expect(operationsOf(trafficOf(square, { ...stepper, depth: 1 }, 1))).toBe(64 * 64 * 9 * (3 + 3))
    const sent = trafficOf(line, stepper, 20, [10, 0, 4])
    expect(operationsOf(sent)).toBe(10 * 5 * 3 + 4 * 5)
  })

  it('sends no zeros of rectified layers, in a dense form that skips them', async () => {
    const params = initialParams(line, stepper, key(1))
    const [field, first, second] = await Promise.all(
      Object.values(nonzeros(params, uniform(key(2), [2, 256, 1]), 6)).map((n) => n.item()),
    )
    // All of the field but the zeros that `uniform` may draw.
    expect(field).toBeGreaterThan(2 * 256 * 6 - 3)
    for (const hidden of [first!, second!]) {
      expect(hidden).toBeGreaterThan(0)
      expect(hidden).toBeLessThan(2 * 256 * 3 * 6)
    }
  })
})

describe('the energy of training', () => {
  it('is that of the phases, and of the search on the chip, which the saving repays', () => {
    // 100 runs of 8 functions over a time of 2, at 30 nJ a unit of time; 10 nJ a unit of time are saved.
    const row = { network: stepper, energy: 30, rival: { energy: 40 } }
    const phase = { steps: 10, batch: 2, rate: 1e-3, unrolled: null }
    const spent = trainingEnergy(line, row, [phase], 100, 8)
    expect(spent.thresholds).toBeCloseTo(100 * 8 * 2 * 30 * 1e-6, 12)
    expect(spent.repaidAfter).toBeCloseTo((100 * 8 * 2 * 30) / 10, 9)
    // Three products of 4.6 pJ for each in the runs; memory comes on top.
    const products = 3 * operationsOf(trafficOf(line, stepper, 20)) * 20 * 4.6e-9
    expect(spent.weights).toBeGreaterThan(products)
    expect(spent.weights).toBeLessThan(2 * products)
  })
})

describe('trajectories', () => {
  it('have the error 0 against themselves, and that of holding the first field above it', async () => {
    const [data] = await setsOf(line, 3, [2, 1, 1])
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

  it('of the plane stay between the stable states and end near them', async () => {
    const [, , test] = await setsOf(square, 5, [1, 1, 1])
    const { values } = test
    const cells = cellsOf(square)
    expect(values.length).toBe(framesOf(square) * cells)
    expect(cellsOf(larger)).toBe(4 * cells)
    const last = values.subarray(values.length - cells)
    expect(Math.min(...values)).toBeGreaterThan(-1e-3)
    expect(Math.max(...values)).toBeLessThan(1 + 1e-3)
    expect(last.filter((u) => u < 0.05 || u > 0.95).length / cells).toBeGreaterThan(0.5)
  })
})
