/** Time-steppers of few-spike units in the integers of a chip. */
import { add, cast, clip, conv, div, floor, greaterEqual, mul, sub, tensor, zeros } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { describe, expect, test } from 'vitest'
import { fewSpikeStep, fieldWords, loihi2, quantiseStepper, runStepper, stepperTraffic } from '../../src/index.js'
import type { ChipStepper, FloatStepper } from '../../src/index.js'
import { stream } from '../training/fixture.js'

/** A random time-stepper of two hidden layers of few-spike units, whose channels have ranges of their own. */
function fewSpikeStepper(cells: readonly number[], kernel: readonly number[], cycle: number) {
  const next = stream()
  const many = (n: number, scale: number): Float64Array => Float64Array.from({ length: n }, () => scale * next())
  const size = kernel.reduce((a, b) => a * b, 1)
  const layer = (inputs: number, outputs: number, scale: number) => ({
    ...{ kernel, inputs, outputs, weight: many(size * inputs * outputs, scale), bias: many(outputs, scale / 2) },
    thresholds: many(inputs, 0.4).map((t) => Math.abs(t) + 0.1),
  })
  const layers = [layer(1, 4, 0.5), layer(4, 3, 0.4), layer(3, 1, 0.05)]
  const count = cells.reduce((a, b) => a * b, 1)
  const stepper: FloatStepper = { cells, edges: 'circular', layers, leak: 0, rest: 0, cycle }
  return { stepper, fields: many(3 * count, 1) }
}

const floats = (values: ArrayLike<number>, shape: readonly number[]) =>
  tensor(Float64Array.from(values), { shape: [...shape], dtype: 'f64' })

/** The network of floats whose weights, biases and ranges are those that the chip holds. */
async function inFloats(network: ChipStepper, first: Int32Array, steps: number) {
  const [cycle, whole] = [network.cycle!, 2 ** network.chip.decayBits]
  let u = floats(first, [1, ...network.cells, 1])
  const fields: number[] = []
  for (let t = 0; t < steps; t++) {
    let x = floor(mul(u, 2 ** -network.layers[0]!.stateExp))
    for (const [l, { kernel, inputs, outputs, weights, format, bias, vth }] of network.layers.entries()) {
      if (l > 0) {
        // Digits are taken off by weights that halve from step to step, as in Stöckl & Maass.
        let [rest, digits] = [add(x, floats(bias, [inputs])), zeros(x.shape, 'f64')]
        for (let k = 1; k <= cycle; k++) {
          const size = floats(
            Array.from(vth, (theta) => 2 * theta * 2 ** -k),
            [inputs],
          )
          const sent = cast(greaterEqual(rest, size), 'f64')
          rest = sub(rest, mul(sent, size))
          digits = add(mul(digits, 2), sent)
        }
        x = digits
      }
      const held = floats(weights, [...kernel, inputs, outputs])
      x = mul(conv(x, held, { edges: network.edges }), 2 ** format.exponent)
    }
    const { multiplier, shift } = network.increment
    const sums = Array.from(await x.data(), (s) => Number(s) + network.outBias[0]!)
    const rise = sums.map((s) => Math.floor(Math.sign(s) * Math.floor((Math.abs(s) * multiplier) / whole) * 2 ** shift))
    u = add(u, floats(rise, u.shape))
    fields.push(...Array.from(await u.data(), Number))
  }
  return fields
}

describe.each([
  ['8 steps on a circle', [12], [5], 8],
  ['10 steps on a circle', [12], [5], 10],
  ['8 steps on a torus', [5, 6], [3, 3], 8],
] as const)('few-spike units of %s', (_, cells, kernel, cycle) => {
  const { stepper, fields } = fewSpikeStepper(cells, kernel, cycle)
  const network = quantiseStepper(loihi2, stepper, fields)
  const count = cells.reduce((a, b) => a * b, 1)
  const start = fieldWords(network, fields.subarray(0, count))
  const run = (steps: number) => runStepper(network, tensor(start, { shape: [1, ...cells, 1], dtype: 'i32' }), steps)

  test('give the bits of the network of floats that is quantised alike', async () => {
    const found = Array.from(await run(4).fields.data(), Number)
    expect(found).toEqual(await inFloats(network, start, 4))
    expect(new Set(found).size).toBeGreaterThan(count)
  })

  test('send at most a spike for each digit, and are updated in each step of a cycle', async () => {
    const { messages } = run(4)
    const sent = await Promise.all(messages.map(async (m) => Array.from(await m.data(), Number)))
    for (const [l, { inputs }] of network.layers.entries())
      for (const m of sent[l]!) expect(m).toBeLessThanOrEqual(count * inputs * (l === 0 ? 1 : cycle))
    expect(Math.min(...sent[1]!)).toBeGreaterThan(0)
    const traffic = stepperTraffic(network, [5, 6, 7])
    expect(traffic.map(({ steps }) => steps)).toEqual([1, cycle, cycle])
    expect(traffic[1]).toMatchObject({ inputs: cycle * count * 4, messages: 6, outputs: count * 3 })
  })
})

test('a value outside the range sends none or all of its digits', async () => {
  let value = tensor([-5, 0, 3, 511, 512, 1023, 1024, 2 ** 23 - 1], { dtype: 'i32' })
  const digits: number[][] = []
  for (let k = 0; k < 10; k++) {
    const next = fewSpikeStep(loihi2, value, tensor(512, { dtype: 'i32' }))
    digits.push(Array.from(await next.sent.data(), Number))
    value = next.value
  }
  const read = digits[0]!.map((_, i) => digits.reduce((n, row) => 2 * n + row[i]!, 0))
  expect(read).toEqual([0, 0, 3, 511, 512, 1023, 1023, 1023])
})

test('errors of weights of 8 bits are small, and a cycle that does not fit the states is refused', async () => {
  const { stepper, fields } = fewSpikeStepper([12], [5], 8)
  const network = quantiseStepper(loihi2, stepper, fields)
  const start = tensor(fieldWords(network, fields.subarray(0, 12)), { shape: [1, 12, 1], dtype: 'i32' })
  const onChip = Array.from(await runStepper(network, start, 4).fields.data()).slice(-12)
  const units = (x: Tensor, half: ArrayLike<number>): Tensor => {
    const range = floats(
      Array.from(half, (t) => 2 * t),
      [half.length],
    )
    return mul(clip(floor(mul(div(x, range), 256)), 0, 255), div(range, 256))
  }
  const layers = stepper.layers.map(({ kernel, inputs, outputs, weight, bias, thresholds }) => ({
    ...{ weight: floats(weight, [...kernel, inputs, outputs]), bias: floats(bias, [outputs]), thresholds },
  }))
  let u = floats(fields.subarray(0, 12), [1, 12, 1])
  for (let t = 0; t < 4; t++)
    u = add(
      u,
      layers.reduce(
        (x, { weight, bias, thresholds }, l) =>
          add(conv(l === 0 ? x : units(x, thresholds), weight, { edges: 'circular' }), bias),
        u,
      ),
    )
  const exact = Array.from(await u.data(), Number)
  const worst = Math.max(...exact.map((v, i) => Math.abs(v - Number(onChip[i]) / network.fieldScale)))
  expect(worst).toBeLessThan(0.01)
  expect(() => quantiseStepper(loihi2, { ...stepper, cycle: 16 }, fields)).toThrow('few-spike units of fewer bits')
})
