/**
 * A constant current makes a layer of integrate-and-fire neurons with a reset by subtraction a quantiser: it has no
 * dynamics left.
 */
import { describe, expect, it } from 'vitest'
import { type Tensor, key, uniform } from '@spikeward/core'
import { atan, constantCurrent, leakyIntegrateAndFire, rateReadout, spike, unroll } from '../src/index.js'
import type { LeakyIntegrateAndFireOptions } from '../src/index.js'

const fire = spike(atan())
const T = 32
const COUNT = 20_000

/**
 * Currents below, within and above the range of the rate, in f64: rounding may move the sum of a current across a
 * threshold.
 */
const currents = uniform(key(38), [COUNT], { min: -0.5, max: 1.5, dtype: 'f64' })

/** clip(⌊Tx + u₀⌋, 0, T)/T */
const staircase = (x: number, u0: number): number => Math.min(Math.max(Math.floor(T * x + u0), 0), T) / T

/** How many mean rates are those of the staircase. */
async function equal(options: LeakyIntegrateAndFireOptions, initialMembrane = 0): Promise<number> {
  const neuron = leakyIntegrateAndFire({ ...options, initialMembrane })
  const rates = (x: Tensor): Tensor => {
    const { current, duration } = constantCurrent(x, { steps: T })
    return rateReadout(unroll(neuron, {}, neuron.rest(x.shape, 'f64'), current, duration, fire).outputs)
  }
  const [x, rate] = [await currents.data(), await rates(currents).data()]
  return [...x].filter((value, i) => rate[i] === staircase(value, initialMembrane)).length
}

describe('the mean rate of a layer under a constant current, β = 1, reset by subtraction', () => {
  it.each([0, 0.375])('is a staircase of T levels, from an initial membrane of %d', async (initialMembrane) => {
    expect(await equal({ beta: 1 }, initialMembrane)).toBe(COUNT)
    expect(await equal({ beta: 1, resetDelay: false }, initialMembrane)).toBe(COUNT)
  })

  it('is another function with a leak, and with a reset to zero', async () => {
    expect(await equal({ beta: 0.9 })).toBeLessThan(0.9 * COUNT)
    expect(await equal({ beta: 1, reset: 'zero' })).toBeLessThan(0.9 * COUNT)
  })
})
