import { describe, expect, test } from 'vitest'
import { cpu } from '@spikeward/backend-cpu'
import { native } from '@spikeward/backend-native'
import { chipRates, loihi1, loihi2, placeLayers, quantise, runChip } from '@spikeward/chip'
import { jit, tensor } from '@spikeward/core'
import type { FloatLayer, FloatMlp, QuantiseOptions } from '@spikeward/chip'

/** Numbers in [−1, 1), the same at every run. */
function stream(): () => number {
  let state = 7
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  }
}

type Kind = Pick<FloatLayer, 'beta' | 'reset' | 'resetDelayed'>

function mlp(widths: readonly number[], kind: Kind, time = 32): FloatMlp {
  const next = stream()
  const many = (n: number, scale: number): Float64Array => Float64Array.from({ length: n }, () => scale * next())
  const layers = widths.slice(1).map((columns, l): FloatLayer => {
    const rows = widths[l]!
    const scale = l === 0 ? 2 : 3 / Math.sqrt(rows)
    return {
      weight: { rows, columns, values: many(rows * columns, scale) },
      bias: many(columns, l === 0 ? 1 : 0.3),
      gain: 1,
      threshold: 1,
      initialMembrane: many(columns, 0.5).map((u) => u + 0.5),
      ...kind,
    }
  })
  return { layers, time }
}

/** Mean rates of the last layer in doubles, by the equations of the trained network. */
function floatRates({ layers, time }: FloatMlp, x: readonly number[]): number[] {
  const membranes = layers.map((layer) => Array.from(layer.initialMembrane!))
  const fired = layers.map((layer) => Array.from(layer.bias, () => 0))
  const counts = fired.at(-1)!.map(() => 0)
  for (let t = 0; t < time; t++) {
    let below: ArrayLike<number> = x
    layers.forEach((layer, l) => {
      const { rows, columns, values } = layer.weight
      const spikes = new Float64Array(columns)
      for (let o = 0; o < columns; o++) {
        let current = layer.bias[o]!
        for (let i = 0; i < rows; i++) current += below[i]! * values[i * columns + o]!
        const u = membranes[l]![o]!
        const before = layer.resetDelayed ? fired[l]![o]! : 0
        const base = layer.reset === 'zero' && before ? 0 : u
        const charged = layer.beta * base + current - (layer.reset === 'subtract' ? before * layer.threshold : 0)
        const s = Number(charged > layer.threshold)
        spikes[o] = s
        fired[l]![o] = s
        const immediate = layer.reset === 'zero' ? 0 : charged - layer.threshold
        membranes[l]![o] = s && !layer.resetDelayed ? immediate : charged
      }
      below = spikes
    })
    counts.forEach((c, o) => (counts[o] = c + below[o]!))
  }
  return counts.map((c) => c / time)
}

const inputs = Array.from({ length: 24 }, (_, i) => [Math.sin(i), Math.cos(2 * i)])

/** Mean absolute difference of rates between the chip and the trained network. */
async function difference(network: FloatMlp, options: QuantiseOptions = {}, chip = loihi2): Promise<number> {
  const quantised = quantise(chip, network, inputs, options)
  const counts = await runChip(quantised, inputs).at(-1)!.data()
  const expected = inputs.flatMap((x) => floatRates(network, x))
  return expected.reduce((sum, r, i) => sum + Math.abs(r - Number(counts[i]) / network.time), 0) / expected.length
}

describe('rates of the chip against the trained network', () => {
  const kinds: [string, Kind][] = [
    ['soft reset, no leak, delayed', { beta: 1, reset: 'subtract', resetDelayed: true }],
    ['soft reset, leak, delayed', { beta: 0.9, reset: 'subtract', resetDelayed: true }],
    ['soft reset, strong leak, delayed', { beta: 0.2, reset: 'subtract', resetDelayed: true }],
    ['soft reset, leak, immediate', { beta: 0.9, reset: 'subtract', resetDelayed: false }],
    ['hard reset, leak', { beta: 0.9, reset: 'zero', resetDelayed: true }],
  ]
  test.each(kinds)('%s: one layer differs by less than one spike', async (_, kind) => {
    expect(await difference(mlp([2, 40], kind))).toBeLessThan(1 / 32 / 4)
  })
  test.each(kinds)('%s: two layers agree at 8 bits, and fewer bits are worse', async (_, kind) => {
    const network = mlp([2, 40, 40], kind)
    const [eight, six, four] = [
      await difference(network),
      await difference(network, { bits: 6 }),
      await difference(network, { bits: 4 }),
    ]
    expect(eight).toBeLessThan(0.02)
    expect(six).toBeGreaterThan(eight)
    expect(four).toBeGreaterThan(six)
  })
})

test('every backend gives the same integers', async () => {
  const network = quantise(loihi2, mlp([2, 30, 30, 20], { beta: 0.9, reset: 'subtract', resetDelayed: true }), inputs)
  const reference = await Promise.all(runChip(network, inputs).map((c) => c.data()))
  expect(reference.every((counts) => counts.some((c) => c !== 0))).toBe(true)
  for (const backend of [await cpu({ threads: 1 }), native({ threads: 1 })]) {
    const found = await Promise.all(runChip(network, inputs, await backend).map((c) => c.data()))
    expect(found).toEqual(reference)
  }
})

test('the traceable form gives the rates of the chip, compiled too', async () => {
  const network = quantise(loihi2, mlp([2, 30, 20], { beta: 0.9, reset: 'subtract', resetDelayed: true }), inputs)
  const counts = await runChip(network, inputs).at(-1)!.data()
  const rates = await jit(chipRates(network))(tensor(inputs)).data()
  const wrong = Array.from(rates, (r, i) => Number(Math.abs(r * network.time - Number(counts[i])) > 1e-3))
  // A current between two mantissas may differ by one, and with it a spike.
  expect(wrong.reduce((sum, w) => sum + w, 0)).toBeLessThan(counts.length / 50)
})

describe('limits', () => {
  const soft: Kind = { beta: 1, reset: 'subtract', resetDelayed: true }
  test('a chip without soft reset refuses it, or converts it if allowed', async () => {
    const network = mlp([2, 10], soft)
    expect(() => quantise(loihi1, network, inputs)).toThrow('CHIP_SOFT_RESET')
    expect(await difference(network, { softReset: 'convert' }, loihi1)).toBeGreaterThan(0.01)
  })
  test('too many inputs of a neuron, too many cores', () => {
    expect(() => placeLayers(loihi1, [5000, 10], 8)).toThrow(/5000 inputs.*CHIP_LIMIT/)
    expect(() => placeLayers(loihi1, [4096, 4096, 4096], 8)).toThrow(/cores.*CHIP_LIMIT/)
    expect(placeLayers(loihi1, [2000, 64], 8)).toEqual([
      { neurons: 2000, synapses: 0, synapseBytes: 0, cores: 2 },
      { neurons: 64, synapses: 128_000, synapseBytes: 128_000, cores: 1 },
    ])
  })
  test('bits that the chip does not have', () => {
    expect(() => quantise(loihi2, mlp([2, 10], soft), inputs, { bits: 9 })).toThrow('CHIP_RANGE')
    expect(() => quantise(loihi2, mlp([2, 10], soft), inputs, { bits: 1 })).toThrow('CHIP_RANGE')
  })
  test('no inputs to calibrate with', () => {
    expect(() => quantise(loihi2, mlp([2, 10], soft), [])).toThrow('INVALID_ARGUMENT')
  })
  test('weights beyond any scale', () => {
    const network = mlp([2, 10, 10], soft)
    const { weight, ...rest } = network.layers[1]!
    const layers = [
      network.layers[0]!,
      { ...rest, weight: { ...weight, values: Float64Array.from(weight.values, (w) => 1e7 * w) } },
    ]
    expect(() => quantise(loihi2, { ...network, layers }, inputs)).toThrow('CHIP_RANGE')
  })
})

test('the report counts cores, and no weight is outside', () => {
  const { report } = quantise(loihi2, mlp([2, 40, 30], { beta: 0.9, reset: 'zero', resetDelayed: true }), inputs, {
    bits: 6,
  })
  expect(report.map(({ cores, clipped, synapses }) => [cores, clipped, synapses])).toEqual([
    [1, 0, 0],
    [1, 0, 1200],
  ])
  expect(report[1]!.rmsWeightError).toBeGreaterThan(0)
  expect(report[1]!.beta).toBeCloseTo(0.9, 3)
})
