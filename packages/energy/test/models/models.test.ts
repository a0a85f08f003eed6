import { describe, expect, it } from 'vitest'
import {
  breakEvenRate,
  energyModels,
  loihi1Energy,
  modelledEnergy,
  networkBreakEven,
  noCounts,
  readEnergyModel,
} from '@spikeward/energy'

const counts = {
  ...noCounts,
  acs: 10,
  macs: 2,
  decisions: 7,
  spikes: 3,
  weightReads: 4,
  weightReadsByEvent: 12,
  weightWrites: 1,
}

describe('modelledEnergy', () => {
  it('prices synaptic operations, firing and silent neurons of Loihi, and names what it leaves out', () => {
    const energy = modelledEnergy(counts, loihi1Energy)
    expect(energy.low).toBeCloseTo(10 * 23.6 + 3 * 81 + 4 * 52 + 120, 9)
    expect(energy.high).toBe(energy.low)
    expect(energy.uncovered).toEqual([{ name: 'macs', count: 2 }])
  })

  it('gives a range under a model of memories', () => {
    const { low, high } = modelledEnergy(counts, energyModels.horowitz45)
    const compute = 10 * 0.9 + 2 * 4.6
    expect(low).toBeCloseTo(compute + 4 * 5 + 5, 9)
    expect(high).toBeCloseTo(compute + 12 * 50 + 50, 9)
  })
})

describe('readEnergyModel', () => {
  const model = { name: 'mine', summary: 's', source: 'measured', picojoules: { acs: [1, 2] } }

  it('reads a table of prices', () => {
    expect(modelledEnergy(counts, readEnergyModel(JSON.stringify(model)))).toMatchObject({
      model: 'mine',
      low: 10,
      high: 20,
    })
  })

  it.each([
    ['{', 'not valid JSON'],
    ['[]', 'not an object'],
    [JSON.stringify({ ...model, picojoules: { spikez: [1, 1] } }), 'spikez'],
    [JSON.stringify({ ...model, picojoules: { acs: 1 } }), 'acs'],
    [JSON.stringify({ ...model, picojoules: { acs: [-1, 1] } }), 'acs'],
    [JSON.stringify({ ...model, source: '' }), 'source'],
    [JSON.stringify({ ...model, included: ['x'] }), 'included'],
  ])('refuses %s', (json, what) => {
    expect(() => readEnergyModel(json)).toThrow(what)
  })
})

describe('breakEvenRate', () => {
  const model = readEnergyModel(
    JSON.stringify({
      name: 'm',
      summary: 's',
      source: 'x',
      picojoules: { acs: [1, 1], macs: [5, 5], additions: [2, 2] },
    }),
  )

  it('is the rate at which both layers cost the same', () => {
    const [width, time] = [100, 8]
    const { low, high } = breakEvenRate(model, { width, time })
    expect(low).toBe(high)
    expect(time * (low * width ** 2 * 1 + width * 2 * 2)).toBeCloseTo(width ** 2 * 5, 6)
  })

  it('compares with a dense layer of another width, such as one of equal error', () => {
    const [width, time, denseWidth] = [100, 8, 60]
    const { low } = breakEvenRate(model, { width, time, denseWidth })
    expect(time * (low * width ** 2 * 1 + width * 2 * 2)).toBeCloseTo(denseWidth ** 2 * 5, 6)
    expect(breakEvenRate(model, { width, time, denseWidth: 10 }).high).toBe(0)
  })

  it('is 0 where the neurons alone cost more, and refused without a price', () => {
    expect(breakEvenRate(model, { width: 1, time: 1000 }).high).toBe(0)
    expect(() => breakEvenRate(loihi1Energy, { width: 10, time: 8 })).toThrow('ENERGY_MODEL_INVALID')
  })
})

describe('networkBreakEven', () => {
  const prices = { acs: [1, 2], macs: [5, 5], weightReadsByEvent: [0, 3], spikes: [7, 7], silent: [4, 4] }
  const model = readEnergyModel(JSON.stringify({ name: 'm', summary: 's', source: 'x', picojoules: prices }))
  const spiking = { ...noCounts, acs: 40, macs: 3, weightReadsByEvent: 43, decisions: 20, spikes: 5 }
  const dense = { ...noCounts, macs: 30, weightReadsByEvent: 30 }

  it('is the rate at which the priced counts of both are equal', () => {
    const at = (rate: number, end: 0 | 1): number => {
      const acs = (40 * rate) / 0.25
      const fired = 20 * rate
      const price = (name: keyof typeof prices): number => prices[name][end]!
      const products = acs * price('acs') + 3 * price('macs') + (acs + 3) * price('weightReadsByEvent')
      return products + fired * price('spikes') + (20 - fired) * price('silent')
    }
    const { low, high } = networkBreakEven(model, { spiking, dense })
    const wanted = [30 * 5, 30 * 5 + 30 * 3]
    const cheap = networkBreakEven(model, { spiking, dense: { ...noCounts, macs: 1 } })
    for (const end of [0, 1] as const)
      expect(Math.min(...[low, high].map((rate) => Math.abs(at(rate, end) - wanted[end]!)))).toBeLessThan(1e-9)
    expect([cheap.low, cheap.high]).toEqual([0, 0])
  })

  it('refuses counts without a spike, and a model without multiply–accumulates', () => {
    expect(() => networkBreakEven(model, { spiking: dense, dense })).toThrow('INVALID_ARGUMENT')
    expect(() => networkBreakEven(loihi1Energy, { spiking, dense })).toThrow('ENERGY_MODEL_INVALID')
  })
})
