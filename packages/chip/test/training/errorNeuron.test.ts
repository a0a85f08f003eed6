import { expect, test } from 'vitest'
import { key, tensor } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { checkWords, deviceNodePerturbation, errorNeuron, hostLoss, loihi2, toDevice } from '@spikeward/chip'
import type { DeviceOutcome } from '@spikeward/chip'
import { smallMlp } from './fixture.js'

const [units, time, samples, outputs] = [4, 8, 6, 2]
const { network } = toDevice(loihi2, smallMlp([3, units], time))

const i32 = (data: readonly number[], shape: number[]): Tensor => tensor([...data], { shape, dtype: 'i32' })
const f32 = (data: readonly number[], shape: number[]): Tensor => tensor([...data], { shape, dtype: 'f32' })
const values = async (t: Tensor): Promise<number[]> => Array.from(await t.data(), Number)

// The largest weight is 254 / 2, so that a weight of 1 is two units: all words are exact.
const weights = [127, -3, 20, 4, -60, 1, 5, -127]
const bias = [0.5, -1]
const readout = {
  weight: f32(weights, [units, outputs]),
  bias: f32(bias, [outputs]),
  centre: f32([0, 0, 0, 0], [units]),
}
const plus = Array.from({ length: samples * units }, (_, i) => (i * 5) % (time + 1))
const minus = Array.from({ length: samples * units }, (_, i) => (i * 3 + 1) % (time + 1))
const targets = Array.from({ length: samples * outputs }, (_, i) => i - 4)
const outcome = (counts: readonly number[]): DeviceOutcome => ({
  counts: i32(counts, [samples, units]),
  error: f32(new Array<number>(samples * outputs).fill(0), [samples, outputs]),
})
const given = (level: number) => ({
  plus: outcome(plus),
  minus: outcome(minus),
  readout,
  targets: f32(targets, [samples, outputs]),
  level: i32([level], []),
  key: key(1),
})

const STATE = 2 ** 23 - 1
/**
 * The left shift that leaves half of a state for the weights: 2^22 / (8 steps · 4 inputs · 254) is above 2^6, the
 * chip’s own shift.
 */
const SHIFT = 6

/** Losses by the equations, one step after another: neuron i spikes in its first counts[i] steps. */
function lossesByHand(counts: readonly number[]): number[] {
  return Array.from({ length: samples }, (_, n) => {
    let loss = 0
    for (let o = 0; o < outputs; o++) {
      const payload = Math.round((bias[o]! - targets[n * outputs + o]!) * 2 * 2 ** SHIFT)
      let membrane = 0
      for (let t = 0; t < time; t++) {
        let sum = 0
        for (let i = 0; i < units; i++) if (t < counts[n * units + i]!) sum += 2 * weights[i * outputs + o]!
        membrane += sum * 2 ** SHIFT + payload
        expect(Math.abs(membrane)).toBeLessThanOrEqual(STATE)
      }
      const most = Math.floor(Math.sqrt(STATE / outputs))
      loss += Math.min(most, Math.max(-most, Math.floor(membrane / 2 ** SHIFT))) ** 2
    }
    return loss
  })
}

test('the error neuron integrates the error step by step, and sends differences of squares', async () => {
  const [up, down] = [lossesByHand(plus), lossesByHand(minus)]
  const differences = up.map((l, n) => l - down[n]!)
  const magnitude = differences.reduce((sum, d) => sum + Math.floor(Math.abs(d) / 8), 0)
  for (const [before, level] of [
    [0, magnitude],
    [64, 64 + Math.floor((magnitude - 64) / 32)],
  ] as const) {
    const found = errorNeuron.compare(network, given(before))
    expect(await values(found.level)).toEqual([level])
    const shift = Math.max(0, Math.floor(Math.log2(level)) + 1 - 5)
    const sent = await values(found.differences)
    for (const [n, d] of differences.entries()) {
      const exact = d / 2 ** shift
      const clipped = (x: number): number => Math.min(127, Math.max(-127, x))
      expect([clipped(Math.floor(exact)), clipped(Math.ceil(exact))]).toContain(sent[n])
    }
    // In the unit of the targets: 8 steps of 2 units, two outputs.
    const average = [...up, ...down].reduce((sum, l) => sum + l, 0) / (2 * samples)
    expect(await found.loss.item()).toBeCloseTo(average / (16 ** 2 * outputs), 2)
  }
  expect(differences.some((d) => d > 0) && differences.some((d) => d < 0)).toBe(true)
})

test('the readout is held in 8 bits, its centre as a part of the bias', async () => {
  const centred = {
    ...readout,
    weight: f32([127, 0.4, 20, 4, -60, 1, 5, -127], [units, outputs]),
    centre: f32([0.5, 0, 0, 0], [units]),
  }
  const held = errorNeuron.held(network, centred)
  // 0.4 is 0.8 units; words are even, so it is stored as 0.
  expect(await values(held.weight)).toEqual([127, 0, 20, 4, -60, 1, 5, -127])
  const [first, second] = await values(held.bias)
  expect(first).toBeCloseTo(0.5 - 63.5, 5)
  expect(Math.abs(second! - (-1 - 0.2))).toBeLessThan(1 / 256)
  expect(await values(held.centre)).toEqual([0, 0, 0, 0])
  expect(hostLoss.held(network, centred)).toBe(centred)
})

test('no word overflows at the largest counts, weights and targets', async () => {
  const most = (sign: number): DeviceOutcome => ({
    ...outcome(plus),
    counts: i32(new Array<number>(samples * units).fill(sign > 0 ? time : 0), [samples, units]),
  })
  const largest = { ...readout, weight: f32(new Array<number>(units * outputs).fill(1), [units, outputs]) }
  const far = f32(new Array<number>(samples * outputs).fill(-100), [samples, outputs])
  const { differences, level } = errorNeuron.compare(network, {
    ...given(0),
    plus: most(1),
    minus: most(-1),
    readout: largest,
    targets: far,
  })
  const uses = checkWords(network, deviceNodePerturbation(), samples, errorNeuron, outputs)
  const own = uses.filter(({ layer }) => layer === network.layers.length)
  expect(own.map(({ value }) => value)).toContain('membrane of the error neuron')
  expect(own.every(({ bits, word }) => bits <= word)).toBe(true)
  expect((await values(level))[0]).toBeLessThanOrEqual(own.find((u) => u.value === 'level of differences')!.largest)
  expect((await values(differences)).every((d) => Math.abs(d) <= 127)).toBe(true)
})

test('small weights and large targets leave differences', async () => {
  // A readout that starts near 0: the targets decide the scale, and no error is clipped.
  const small = {
    ...readout,
    weight: f32(
      weights.map((w) => w / 1e3),
      [units, outputs],
    ),
  }
  const { differences, loss } = errorNeuron.compare(network, { ...given(0), readout: small })
  expect((await values(differences)).some((d) => d > 0)).toBe(true)
  expect((await values(differences)).some((d) => d < 0)).toBe(true)
  // Outputs are about the bias, so that the loss is about the mean of the squared constants.
  const constants = targets.map((t, i) => bias[i % outputs]! - t)
  const expected = constants.reduce((sum, c) => sum + c * c, 0) / constants.length
  expect(Math.abs((await loss.item()) / expected - 1)).toBeLessThan(0.03)
})

test('a network whose losses fit no word is refused with what to change', () => {
  const { network: long } = toDevice(loihi2, { ...smallMlp([4, 64], 8), time: 8192 })
  expect(() => checkWords(long, deviceNodePerturbation(), 16, errorNeuron, 1)).toThrow('losses from the host')
  expect(() => checkWords(long, deviceNodePerturbation(), 16)).not.toThrow('losses from the host')
})

test('losses on the chip are checked for all outputs, and stay exact in long words', () => {
  // @ts-expect-error: without the outputs, the words of one would be checked.
  expect(() => checkWords(network, deviceNodePerturbation(), samples, errorNeuron)).toThrow('INVALID_OPTION')
  const long = { ...network, chip: { ...network.chip, stateBits: 32 } }
  const largestOf = (value: string): number =>
    errorNeuron.words(long, 1, samples).find((u) => u.value === value)!.largest
  // Products of floats are exact up to 2^24, and `stochasticShift` takes numbers below 2^25.
  expect(largestOf('sum of weights of the error neuron')).toBeLessThan(2 ** 24)
  expect(largestOf('difference of losses')).toBeLessThan(2 ** 25)
  expect(largestOf('difference of losses')).toBeGreaterThan(2 ** 24)
})
