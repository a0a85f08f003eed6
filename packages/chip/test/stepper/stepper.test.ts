import { add, conv, relu, tensor } from '@spikeward/core'
import { describe, expect, test } from 'vitest'
import {
  convolutionActivation,
  fieldWords,
  floatStepper,
  loihi1,
  loihi2,
  quantiseStepper,
  runStepper,
  stepperTraffic,
} from '../../src/index.js'
import type { ChipStepper, FloatConvolution } from '../../src/index.js'
import { smallStepper } from './fixture.js'
import { stream } from '../training/fixture.js'

const codeOf = (make: () => unknown): unknown => {
  try {
    make()
  } catch (error) {
    return (error as { code?: unknown }).code
  }
  return null
}

/** For each message of a cell and a channel, the sums that it reaches: output, and index of the weight. */
function reached(
  { cells, edges }: Pick<ChipStepper, 'cells' | 'edges'>,
  { kernel, inputs, outputs }: Pick<FloatConvolution, 'kernel' | 'inputs' | 'outputs'>,
  at: number,
) {
  const [cell, channel] = [Math.floor(at / inputs), at % inputs]
  const [height, width] = cells.length === 1 ? [1, cells[0]!] : (cells as [number, number])
  const [rows, columns] = kernel.length === 1 ? [1, kernel[0]!] : (kernel as [number, number])
  const found: { to: number; weight: number }[] = []
  for (let ky = 0; ky < rows; ky++)
    for (let kx = 0; kx < columns; kx++) {
      // The output that reads this cell at this place of the kernel.
      const y = Math.floor(cell / width) - ky + Math.floor((rows - 1) / 2)
      const x = (cell % width) - kx + Math.floor((columns - 1) / 2)
      if (edges === 'zeros' && (y < 0 || y >= height || x < 0 || x >= width)) continue
      const to = ((y + height) % height) * width + ((x + width) % width)
      for (let o = 0; o < outputs; o++)
        found.push({ to: to * outputs + o, weight: ((ky * columns + kx) * inputs + channel) * outputs + o })
    }
  return found
}

/**
 * Steps in which every message is a word of its own that is added to the sums which it reaches: nothing else is
 * computed with it.
 */
function byEvents(network: ChipStepper, first: Int32Array, steps: number) {
  const { layers, chip } = network
  const cells = network.cells.reduce((a, b) => a * b, 1)
  const word = (x: number, bits: number): number =>
    ((((x + 2 ** (bits - 1)) % 2 ** bits) + 2 ** bits) % 2 ** bits) - 2 ** (bits - 1)
  const toZero = (x: number, factor: number): number =>
    Math.sign(x) * Math.floor((Math.abs(x) * factor) / 2 ** chip.decayBits)
  const units = layers.map(({ inputs }) => ({
    sigma: new Float64Array(cells * inputs),
    received: new Float64Array(cells * inputs),
  }))
  const channels = layers[0]!.inputs
  const sums = new Float64Array(cells * channels)
  const counts = layers.map((): number[] => [])
  const resting = [network.rest].flat()
  units[0]!.sigma.forEach((_, i, sigma) => (sigma[i] = resting[i % channels] ?? resting[0]!))
  const pass = (least: number | null): void =>
    layers.forEach((layer, l) => {
      const { sigma, received } = units[l]!
      const targets = units[l + 1]?.sigma ?? sums
      let count = 0
      sigma.forEach((s, i) => {
        const channel = i % layer.inputs
        const value = l === 0 ? s : Math.max(0, s + layer.bias[channel]! * 2 ** layer.stateExp)
        const change = value - received[i]! * 2 ** layer.stateExp
        if (Math.abs(change) < (least ?? layer.vth[channel]!) * 2 ** layer.stateExp) return
        const message = Math.floor(change / 2 ** layer.stateExp)
        if (message === 0) return
        received[i]! += message
        count++
        for (const { to, weight } of reached(network, layer, i))
          targets[to] = word(
            targets[to]! + message * layer.weights[weight]! * 2 ** layer.format.exponent,
            chip.stateBits,
          )
      })
      if (least === null) counts[l]!.push(count)
    })
  pass(1)
  units[0]!.sigma.set(first)
  const fields: number[] = []
  for (let t = 0; t < steps; t++) {
    pass(null)
    const { sigma, received } = units[0]!
    sigma.forEach((u, i) => {
      const scaled = toZero(sums[i]! + network.outBias[i % channels]!, network.increment.multiplier)
      const rest = u - received[i]! * 2 ** layers[0]!.stateExp
      const next = u + Math.floor(scaled * 2 ** network.increment.shift) - toZero(rest, network.leak)
      sigma[i] = Math.max(-(2 ** 23) + 1, Math.min(2 ** 23 - 1, next))
    })
    fields.push(...sigma)
  }
  return { fields, counts }
}

describe.each([
  ['a line with zeros at its ends', [12], [5], 'zeros', 1],
  ['a circle', [12], [4], 'circular', 1],
  ['a torus', [5, 6], [3, 3], 'circular', 1],
  ['a torus, of two fields', [5, 6], [3, 3], 'circular', 2],
  ['a plane with zeros at its ends', [5, 6], [3, 3], 'zeros', 1],
] as const)('a time-stepper on %s', (_, cells, kernel, edges, channels) => {
  const { stepper, fields } = smallStepper(cells, kernel, edges, channels)
  const network = quantiseStepper(loihi2, stepper, fields)
  const count = cells.reduce((a: number, b) => a * b, channels)
  const start = fieldWords(network, fields.subarray(0, count))
  const begin = tensor(start, { shape: [1, ...cells, channels], dtype: 'i32' })

  test('gives the integers of messages that are handled one by one', async () => {
    const found = runStepper(network, begin, 6)
    const expected = byEvents(network, start, 6)
    expect(Array.from(await found.fields.data(), Number)).toEqual(expected.fields)
    const counts = await Promise.all(found.messages.map(async (m) => Array.from(await m.data(), Number)))
    expect(counts).toEqual(expected.counts)
    expect(Math.max(...counts.flat())).toBeGreaterThan(0)
    expect(Math.min(...counts[0]!.slice(1))).toBeLessThan(count)
  })

  test('follows the network in floats within the errors of its thresholds and its weights', async () => {
    let u = tensor(fields.subarray(0, count), { shape: [1, ...cells, channels], dtype: 'f64' })
    const layers = stepper.layers.map(({ inputs, outputs, weight, bias }) => ({
      w: tensor([...Array.from(weight)], { shape: [...kernel, inputs, outputs], dtype: 'f64' }),
      b: tensor([...Array.from(bias)], { dtype: 'f64' }),
    }))
    for (let t = 0; t < 6; t++)
      u = add(
        u,
        layers.reduce((x, { w, b }, l) => add(conv(l === 0 ? x : relu(x), w, { edges }), b), u),
      )
    const exact = await u.data()
    const all = await runStepper(network, begin, 6).fields.data()
    const found = Array.from(all.slice(-count), (v) => Number(v) / network.fieldScale)
    const error = Math.sqrt(found.reduce((sum, v, i) => sum + (v - Number(exact[i])) ** 2, 0) / found.length)
    expect(error).toBeLessThan(0.02)
  })
})

test('a sum of graded spikes of both signs wraps at the bits of a state', async () => {
  const format = { signMode: 'mixed', bits: 8, exponent: -1 } as const
  const next = stream()
  const spikes = Int32Array.from({ length: 8 }, () => Math.round(next() * 2 ** 20))
  const on = (data: Int32Array, shape: number[]) => tensor(data, { shape, dtype: 'i32' })
  const weights = Int32Array.from({ length: 3 }, (_, i) => 254 - 4 * i)
  const sums = convolutionActivation(loihi2, format, on(spikes, [1, 8, 1]), on(weights, [3, 1, 1]), 'circular')
  const exact = Array.from(
    spikes,
    (_, i) => [0, 1, 2].reduce((s, k) => s + spikes[(i + k + 7) % 8]! * weights[k]!, 0) / 2,
  )
  expect(Math.max(...exact.map(Math.abs))).toBeGreaterThan(2 ** 23)
  const wrapped = exact.map((s) => ((((s + 2 ** 23) % 2 ** 24) + 2 ** 24) % 2 ** 24) - 2 ** 23)
  expect(Array.from(await sums.data(), Number)).toEqual(wrapped)
})

test('weights that are rounded later take back the errors of earlier ones, for smooth fields', () => {
  const fields = Float64Array.from({ length: 5 * 64 }, (_, i) => {
    const [f, x] = [Math.floor(i / 64), (2 * Math.PI * (i % 64)) / 64]
    return Math.sin((f + 1) * x + f) / 2 + Math.cos(2 * x - f) / 3
  })
  const [next, bits] = [stream(), 5]
  const step = 2 ** (9 - bits)
  let [squares, nearest] = [0, 0]
  for (let draw = 0; draw < 20; draw++) {
    const weight = Float64Array.from({ length: 5 }, () => next())
    const layer = { kernel: [5], inputs: 1, outputs: 1, weight, bias: [0], thresholds: [0.01] }
    const stepper = { cells: [64], edges: 'circular', layers: [layer], leak: 0, rest: 0 } as const
    const { weights } = quantiseStepper(loihi2, stepper, fields, { bits }).layers[0]!
    const factor = (2 ** 8 - step) / Math.max(...weight.map(Math.abs))
    const sumOf = (errors: Float64Array): number =>
      fields.reduce((total, _, i) => {
        const [start, at] = [i - (i % 64), (i % 64) + 62]
        return total + errors.reduce((sum, e, k) => sum + e * fields[start + ((at + k) % 64)]!, 0) ** 2
      }, 0)
    // In units of the weights: the scale is the one of these in which the sums err least.
    const scales = Array.from({ length: 64 }, (_, i) => factor * (1 - i / 128))
    squares += Math.min(...scales.map((f) => sumOf(weight.map((w, k) => w - weights[k]! / f))))
    nearest += sumOf(weight.map((w) => w - (Math.round((w * factor) / step) * step) / factor))
  }
  expect(Math.sqrt(squares / nearest)).toBeLessThan(0.25)
})

test('weights that read inputs without variance are rounded to the nearest', () => {
  const weight = [0.3, -1, 0.77]
  const layer = { kernel: [3], inputs: 1, outputs: 1, weight, bias: [0], thresholds: [0.01] }
  const stepper = { cells: [8], edges: 'circular', layers: [layer], leak: 0, rest: 0 } as const
  const { weights } = quantiseStepper(loihi2, stepper, new Float64Array(8).fill(0.5)).layers[0]!
  expect(Array.from(weights)).toEqual(weight.map((w) => 2 * Math.round(127 * w)))
})

test('the largest weight takes the part of the word in which sums err least', () => {
  // With 3 bits and a sign levels are −3 … 3: 1 and 0.5 are 3 and 1.5 in the whole word, 2 and 1 in two thirds of it.
  const first = { kernel: [1], inputs: 1, outputs: 2, weight: [1, 0.5], bias: [0, 0], thresholds: [0.01] }
  const last = { kernel: [1], inputs: 2, outputs: 1, weight: [0.1, -0.1], bias: [0], thresholds: [0.01, 0.01] }
  const stepper = { cells: [8], edges: 'circular', layers: [first, last], leak: 0, rest: 0 } as const
  const fields = Float64Array.from({ length: 8 }, (_, i) => Math.sin(i))
  expect(quantiseStepper(loihi2, stepper, fields, { bits: 3 }).report[0]!.rmsWeightError).toBeLessThan(0.02)
})

test('the part of the word is chosen by the sums of inputs that move together, for each output', () => {
  // Both inputs are the same, so that the sums of two weights are rounded, not each of them.
  const [next, step] = [stream(), 2 ** 6]
  const fields = Float64Array.from({ length: 64 }, (_, i) => Math.sin(Math.floor(i / 2)))
  for (let draw = 0; draw < 20; draw++) {
    const weight = Float64Array.of(1, next() / 2, next() / 2, next() / 2)
    const layer = { kernel: [1], inputs: 2, outputs: 2, weight, bias: [0, 0], thresholds: [0.01, 0.01] }
    const stepper = { cells: [8], edges: 'circular', layers: [layer], leak: 0, rest: 0 } as const
    const { weights } = quantiseStepper(loihi2, stepper, fields, { bits: 3 }).layers[0]!
    const sums = [0, 1].map((o) => weight[o]! + weight[2 + o]!)
    const scales = Array.from({ length: 64 }, (_, i) => (2 ** 8 - step) * (1 - i / 128))
    const least = (inUnits: (sum: number, o: number, scale: number) => number): number =>
      Math.min(...scales.map((f) => sums.reduce((total, s, o) => total + (s - inUnits(s, o, f) / f) ** 2, 0)))
    const best = least((s, _, f) => step * Math.round((s * f) / step))
    expect(least((_, o) => weights[o]! + weights[2 + o]!)).toBeLessThan(1.01 * best + 1e-6)
  }
})

test('a trained time-stepper becomes plain numbers, and its messages the work of each layer', async () => {
  const layers = [
    { weight: tensor([[[1, 2]]], { shape: [1, 1, 2] }), bias: tensor([0, -0.5]) },
    { weight: tensor([[[0.5], [0.25]]], { shape: [1, 2, 1] }), bias: tensor([0.125]) },
  ]
  const thresholds = [tensor([0.5]), tensor([0.25, 0.75])]
  const field = { cells: [6], edges: 'circular', rest: 1 } as const
  const stepper = await floatStepper(layers, { thresholds, leak: 0.5 }, field)
  expect(stepper).toEqual({
    ...field,
    leak: 0.5,
    layers: [
      {
        ...{ kernel: [1], inputs: 1, outputs: 2, weight: Float64Array.of(1, 2), bias: Float64Array.of(0, -0.5) },
        thresholds: Float64Array.of(0.5),
      },
      {
        ...{ kernel: [1], inputs: 2, outputs: 1, weight: Float64Array.of(0.5, 0.25), bias: Float64Array.of(0.125) },
        thresholds: Float64Array.of(0.25, 0.75),
      },
    ],
  })
  await expect(floatStepper(layers, { thresholds: thresholds.slice(1) }, field)).rejects.toThrow(
    'floatStepper: layer 1 has no thresholds',
  )
  const network = quantiseStepper(
    loihi2,
    stepper,
    Float64Array.from({ length: 6 }, (_, i) => i - 2),
  )
  expect(stepperTraffic(network, [10, 7])).toEqual([
    { inputs: 6, outputs: 12, weights: 2, messages: 10, operations: 20, cores: 1, steps: 1 },
    { inputs: 12, outputs: 6, weights: 2, messages: 7, operations: 7, cores: 1, steps: 1 },
  ])
})

test('numbers that do not fit are refused', () => {
  const { stepper, fields } = smallStepper([12], [5], 'zeros')
  expect(codeOf(() => quantiseStepper(loihi1, stepper, fields))).toBe('CHIP_LIMIT')
  expect(codeOf(() => quantiseStepper(loihi2, stepper, fields, { bits: 9 }))).toBe('CHIP_RANGE')
  expect(codeOf(() => quantiseStepper({ ...loihi2, fanIn: 4 }, stepper, fields))).toBe('CHIP_LIMIT')
  expect(codeOf(() => quantiseStepper({ ...loihi2, cores: 1 }, stepper, fields))).toBe('CHIP_LIMIT')
  expect(codeOf(() => quantiseStepper(loihi2, stepper, fields.subarray(1)))).toBe('INVALID_ARGUMENT')
  expect(
    codeOf(() =>
      quantiseStepper(
        loihi2,
        stepper,
        fields.map(() => 0),
      ),
    ),
  ).toBe('INVALID_ARGUMENT')
  const [first, second] = stepper.layers as [FloatConvolution, FloatConvolution]
  const changed = (layers: FloatConvolution[]) => codeOf(() => quantiseStepper(loihi2, { ...stepper, layers }, fields))
  expect(changed([{ ...first, thresholds: [1e6] }, second])).toBe('CHIP_RANGE')
  expect(changed([])).toBe('INVALID_ARGUMENT')
  expect(changed([first])).toBe('INVALID_ARGUMENT')
  expect(changed([first, { ...second, bias: [NaN] }])).toBe('INVALID_ARGUMENT')
})
