import { describe, expect, test } from 'vitest'
import { jit, key, mean, square, sub, tensor } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { cpu } from '@spikeward/backend-cpu'
import {
  checkWords,
  deviceNodePerturbation,
  deviceSpsa,
  deviceState,
  deviceStep,
  deviceTensors,
  deviceWeightPerturbation,
  errorNeuron,
  hostLoss,
  loihi2,
  payloads,
  readOutDevice,
  runDevice,
  stochasticShift,
  toDevice,
} from '@spikeward/chip'
import type { DeviceEstimator, DeviceLoss, DeviceParams } from '@spikeward/chip'
import { smallMlp, stream } from './fixture.js'

const [units, samples] = [8, 16]
const arrays = toDevice(loihi2, smallMlp([units, units], 8))
const { network } = arrays

const trainings: readonly (readonly [DeviceEstimator, DeviceLoss])[] = [
  [deviceSpsa({ k: 2 }), hostLoss],
  [deviceWeightPerturbation({ k: 2 }), hostLoss],
  [deviceNodePerturbation({ below: 4 }), hostLoss],
  [deviceNodePerturbation({ below: 4 }), errorNeuron],
]

describe.each(
  trainings.map(([estimator, loss]) => ({ estimator, loss, name: `${estimator.name}, losses by ${loss.name}` })),
)('deviceStep by $name', ({ estimator, loss }) => {
  test('takes steps of whole numbers within their words, and lowers the loss', async () => {
    await using backend = await cpu({ threads: 1 })
    const on = (data: Float64Array | Int32Array | number[], shape: readonly number[], dtype: 'i32' | 'f32'): Tensor =>
      tensor(data, { shape: [...shape], dtype, backend })
    const { params, neurons } = deviceTensors(arrays, backend)
    const xs = Float64Array.from({ length: samples }, (_, i) => -1 + (2 * i) / (samples - 1))
    const batch = {
      x: on(payloads(network, xs), [samples, 1], 'i32'),
      y: on(
        xs.map((v) => Math.sin(3 * v)),
        [samples, 1],
        'f32',
      ),
    }
    const next = stream()
    const readout = {
      weight: on(Float64Array.from({ length: units }, next), [units, 1], 'f32'),
      bias: on([0], [1], 'f32'),
      centre: on(new Float64Array(units).fill(0.3), [units], 'f32'),
    }
    const lossOf = jit((p: DeviceParams) =>
      mean(square(sub(readOutDevice(network, readout, runDevice(network, neurons, p, batch.x).at(-1)!), batch.y))),
    )
    const step = jit(deviceStep(network, estimator, loss))
    const before = await lossOf(params).item()
    let state = deviceState(params)
    const given = { neurons, readout, batch, rate: on([0], [], 'i32') }
    for (let i = 0; i < 100; i++) state = step(state, given, key(i, { backend })).state
    expect(await lossOf(state.params).item()).toBeLessThan(0.95 * before)
    for (const [l, { weight, bias }] of state.params.entries()) {
      const held = Array.from(await weight.data(), Number)
      expect(held.every((w) => w % 2 === 0 && w >= -256 && w <= 254)).toBe(true)
      const mantissas = Array.from(await bias.data(), Number)
      expect(mantissas.every((b) => b >= -4096 && b <= 4095)).toBe(true)
      const traced = Array.from(await state.trace[l]!.weight.data(), (m) => Math.abs(Number(m)))
      const bound = checkWords(network, estimator, samples).find(
        (u) => u.layer === l && u.value === 'trace of estimates',
      )
      expect(Math.max(...traced)).toBeLessThanOrEqual(bound!.largest)
    }
  })

  test('proves that its words suffice, and refuses a batch whose estimates do not fit', () => {
    const uses = checkWords(network, estimator, samples)
    expect(uses.every(({ bits, word }) => bits <= word)).toBe(true)
    // The proof names the values that a step reads, sums, stores, draws and clips.
    expect(uses.filter(({ layer }) => layer === 0).map(({ value }) => value)).toEqual([
      ...['weight', 'bias mantissa', 'sum of weights', 'current', 'membrane before saturation', 'membrane'],
      ...['inputs of a synapse', 'estimate', 'level of estimates', 'trace of estimates', 'trace with random bits'],
      ...['update of a weight', 'update of a bias', 'weight before it is clipped', 'bias before it is clipped'],
    ])
    expect(() => checkWords(network, estimator, 2 ** 20)).toThrow('CHIP_WIDTH')
  })
})

test.each([
  [2, 12],
  [4, 13],
  [6, 15],
  [8, 17],
  [8, 20],
])(
  'with weights of %i bits a perturbation of 2^%i weight steps moves biases to the ends of their words',
  async (bits, k) => {
    const weight = bits === 2 ? 100 : 1
    const of = (rows: number, columns: number, l: number) => ({
      ...smallMlp([rows, columns], 4).layers[l]!,
      weight: { rows, columns, values: new Float64Array(rows * columns).fill(weight) },
      bias: new Float64Array(columns).fill(bits === 2 ? 0.1 : 0),
      initialMembrane: null,
    })
    const made = toDevice(loihi2, { layers: [of(2, 4, 0), of(4, 3, 1)], time: 4 }, { bits })
    const own = deviceTensors(made)
    const { plus, minus } = deviceSpsa({ k }).perturb(made.network, own.params, { key: key(1), samples: 4 })
    for (const l of made.network.layers.keys()) {
      const [up, down] = await Promise.all([plus, minus].map(({ params }) => params[l]!.bias.data()))
      up!.forEach((b, i) => expect([Number(b), Number(down![i])].sort((x, y) => x - y)).toEqual([-4096, 4095]))
    }
  },
)

test('a step without an estimate moves parameters by the level of the steps before it, not by its own', async () => {
  const { params, neurons } = deviceTensors(arrays)
  const zero = (shape: number[]): Tensor =>
    tensor(new Float64Array(shape.reduce((a, b) => a * b, 1)), { shape, dtype: 'f32' })
  // A readout of zeros: both evaluations have the same loss.
  const readout = { weight: zero([units, 1]), bias: zero([1]), centre: zero([units]) }
  const x = tensor(payloads(network, new Float64Array(samples)), { shape: [samples, 1], dtype: 'i32' })
  const given = { neurons, readout, batch: { x, y: zero([samples, 1]) }, rate: tensor(0, { dtype: 'i32' }) }
  const filled = (t: Tensor, v: number): Tensor =>
    tensor(new Int32Array(t.size).fill(v), { shape: [...t.shape], dtype: 'i32' })
  const state = {
    params,
    trace: params.map((p) => ({ weight: filled(p.weight, 1000), bias: filled(p.bias, 0) })),
    level: params.map(() => ({ weight: tensor(4000, { dtype: 'i32' }), bias: tensor(4000, { dtype: 'i32' }) })),
    lossLevel: tensor(0, { dtype: 'i32' }),
  }
  const { state: next } = deviceStep(network, deviceSpsa())(state, given, key(3))
  for (const [l, { weight }] of next.params.entries()) {
    const [before, after] = [await params[l]!.weight.data(), await weight.data()]
    // 938 of a level of 3875: less than a step of 2.
    after.forEach((w, i) => expect(Math.abs(Number(w) - Number(before[i]))).toBeLessThanOrEqual(2))
  }
})

describe('stochasticShift', () => {
  test('rounds to a neighbour, with the quotient as its mean', async () => {
    const x = tensor(new Int32Array(4000).fill(-11), { shape: [4000], dtype: 'i32' })
    const found = Array.from(await stochasticShift(x, tensor(3, { dtype: 'i32' }), key(1)).data(), Number)
    expect(new Set(found)).toEqual(new Set([-2, -1]))
    const average = found.reduce((sum, v) => sum + v, 0) / found.length
    // Standard error 0.5 / √4000 = 0.008.
    expect(Math.abs(average + 11 / 8)).toBeLessThan(0.04)
  })
})
