import { describe, expect, test } from 'vitest'
import { tensor } from '@spikeward/core'
import { native } from '@spikeward/backend-native'
import { cpu } from '@spikeward/backend-cpu'
import { deviceTensors, fromDevice, loihi1, loihi2, payloads, runDevice, toDevice, withMismatch } from '@spikeward/chip'
import { smallMlp, stream } from './fixture.js'

const time = 6
const arrays = toDevice(loihi2, smallMlp([4, 3], time))
const { network, layers } = arrays
const samples = [-1, -0.4, 0.3, 1]

/** The counts of both layers by the equations, in plain numbers. */
function byHand(from: typeof layers): number[][] {
  const x = payloads(network, samples)
  const unit = 2 ** network.chip.decayBits
  const most = 2 ** 23 - 1
  return samples.flatMap((_, n) => {
    const counts = from.map((layer) => Array.from(layer.threshold, () => 0))
    const membranes = from.map((layer) => Array.from(layer.initial))
    for (let t = 0; t < time; t++) {
      let below: readonly number[] = [x[n]!]
      from.forEach((layer, l) => {
        const { units, shift, biasExp } = network.layers[l]!
        below = Array.from({ length: units }, (_unused, o) => {
          const sum = below.reduce((s, v, i) => s + v * layer.weight[i * units + o]! * layer.working[i * units + o]!, 0)
          const u = membranes[l]![o]!
          const decayed = Math.sign(u) * Math.floor((Math.abs(u) * layer.decay[o]!) / unit)
          const current = Math.floor(sum * 2 ** shift) + layer.bias[o]! * 2 ** biasExp
          const charged = Math.min(most, Math.max(-most, decayed + current))
          const fires = charged > layer.threshold[o]!
          membranes[l]![o] = fires ? charged - layer.resetBy[o]! : charged
          if (fires) counts[l]![o]!++
          return Number(fires)
        })
      })
    }
    return counts
  })
}

const runOn = async (from: typeof arrays, backend?: Awaited<ReturnType<typeof cpu>>): Promise<number[][]> => {
  const { params, neurons } = deviceTensors(from, backend)
  const x = tensor(payloads(network, samples), {
    shape: [samples.length, 1],
    dtype: 'i32',
    ...(backend ? { backend } : {}),
  })
  const counts = await Promise.all(
    runDevice(network, neurons, params, x).map(async (t) => Array.from(await t.data(), Number)),
  )
  return samples.flatMap((_, n) => counts.map((c, l) => c.slice(n * [4, 3][l]!, (n + 1) * [4, 3][l]!)))
}

describe('runDevice', () => {
  test('gives the integers of the equations on every backend, with mismatch too', async () => {
    const next = stream()
    const imperfect = withMismatch(arrays, { spread: 0.2, stuck: 0.1, uniform: () => (next() + 1) / 2 })
    expect(imperfect.layers[0]!.threshold).not.toEqual(layers[0]!.threshold)
    await using one = await cpu({ threads: 1 })
    await using two = await native({ threads: 1 })
    for (const from of [arrays, imperfect]) {
      const expected = byHand(from.layers)
      expect(expected.flat().some((c) => c > 0)).toBe(true)
      for (const backend of [undefined, one, two]) expect(await runOn(from, backend)).toEqual(expected)
    }
  })

  test('refuses a chip without graded spikes', () => {
    expect(() => toDevice(loihi1, smallMlp([4], 4))).toThrow('CHIP_GRADED')
  })
})

test('what was learned on the chip returns to floats, and gives the same words again', () => {
  const mlp = smallMlp([4, 3], time)
  const back = fromDevice(arrays, mlp, layers)
  back.layers.forEach((layer, l) => {
    const { format, scale, biasExp } = network.layers[l]!
    const words = Array.from(layer.weight.values, (w) => Math.round((w * layer.gain * scale) / 2 ** format.exponent))
    expect(words).toEqual([...layers[l]!.weight])
    const biases = Array.from(layer.bias, (b) => Math.round((b * layer.gain * scale * 2 ** 6) / 2 ** biasExp))
    expect(biases).toEqual([...layers[l]!.bias])
    // A word is 2 steps of 2^exponent: rounding moved a weight by half of that at most.
    const half = 2 ** format.exponent / (layer.gain * scale)
    const before = mlp.layers[l]!.weight.values
    Array.from(layer.weight.values).forEach((w, i) =>
      expect(Math.abs(w - before[i]!)).toBeLessThanOrEqual(half * 1.001),
    )
  })
  const stuck = layers.map((layer) => ({ ...layer, working: layer.working.map((_, i) => Number(i > 0)) }))
  const { weight } = fromDevice({ network, layers: stuck }, mlp, layers).layers[1]!
  expect(weight.values[0]).toBe(0)
  expect(weight.values[1]).toBe(back.layers[1]!.weight.values[1])
})
