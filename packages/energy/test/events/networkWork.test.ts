import { describe, expect, it } from 'vitest'
import {
  breakEvenActivity,
  digital45,
  digital45Int8,
  eventWork,
  loihi1Network,
  networkEnergy,
  reuseWork,
  reverseWork,
} from '../../src/index.js'

const shape = { evaluations: 10, conversions: 16 }
/** 8 inputs with a fan-out of 12, all sent at 10 evaluations. */
const dense = [{ inputs: 8, outputs: 32, weights: 12, messages: 80, operations: 960 }]
const sparse = [{ ...dense[0]!, messages: 20, operations: 240 }]

describe('the ledger of events', () => {
  it('counts a weight and an accumulator for each operation of a message, and an update of each unit', () => {
    expect(eventWork(sparse, shape)).toEqual({
      operations: 240,
      messages: 20,
      activeUpdates: 20,
      silentUpdates: 60,
      weightReads: 240,
      accumulatorReads: 240,
      accumulatorWrites: 240,
      stateReads: 160,
      stateWrites: 20,
      conversions: 16,
    })
  })

  it('counts each weight once per evaluation where it is reused', () => {
    const work = reuseWork(dense, shape)
    expect([work.operations, work.weightReads, work.stateReads, work.stateWrites]).toEqual([960, 120, 80, 320])
    expect(work.accumulatorReads + work.accumulatorWrites + work.messages).toBe(0)
  })

  it('counts three products for each of a run in training, and the derivatives of weights and values', () => {
    const work = reverseWork(dense, shape)
    expect([work.operations, work.weightReads]).toEqual([3 * 960, 2 * 120])
    expect([work.accumulatorReads, work.accumulatorWrites]).toEqual([120, 120])
    // Inputs twice and outputs once; outputs and the derivatives of inputs.
    expect([work.stateReads, work.stateWrites]).toEqual([2 * 80 + 320, 320 + 80])
  })

  it('prices them with the published numbers of a chip', () => {
    // 23.6 pJ an operation, 81 and 52 an update, 1.7 a message.
    expect(networkEnergy(eventWork(sparse, shape), loihi1Network)).toBeCloseTo(240 * 23.6 + 20 * 82.7 + 60 * 52, 6)
  })

  it('needs far fewer events to beat reuse in 8 bits than in floats', () => {
    const share = (prices: typeof digital45): number =>
      breakEvenActivity(dense, shape, prices, networkEnergy(reuseWork(dense, shape), prices))
    expect(share(digital45Int8)).toBeLessThan(share(digital45))
    expect(share(digital45)).toBeLessThan(1)
    const same = networkEnergy(eventWork(dense, shape), loihi1Network)
    expect(breakEvenActivity(dense, shape, loihi1Network, same)).toBeCloseTo(1, 9)
    expect(breakEvenActivity(dense, shape, loihi1Network, 0)).toBe(0)
  })
})
