import { describe, expect, it } from 'vitest'
import { energyModels, loihi1Energy, modelledEnergy, noCounts, readEnergyModel } from '@spikeward/energy'

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
