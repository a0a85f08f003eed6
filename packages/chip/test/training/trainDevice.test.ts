import { expect, test } from 'vitest'
import { mul, referenceBackend, tensor, treeLeaves, treeMap } from '@spikeward/core'
import type { Backend, Optimizer, Tensor } from '@spikeward/core'
import { cpu } from '@spikeward/backend-cpu'
import { deviceNodePerturbation, deviceTensors, loihi2, payloads, toDevice, trainDevice } from '@spikeward/chip'
import type { DeviceTraining, HostTraining } from '@spikeward/chip'
import { smallMlp, stream } from './fixture.js'

const [units, samples] = [4, 16]
const arrays = toDevice(loihi2, smallMlp([units], 6))
const readout = {
  weight: Float64Array.from({ length: units }, stream()),
  bias: new Float64Array(1),
  centre: new Float64Array(units).fill(0.3),
}

/** Plain gradient descent. */
const descent: Optimizer = {
  name: 'descent',
  init: () => [],
  update: (grad, state) => ({ updates: treeMap((g: Tensor) => mul(-0.1, g), grad), state }),
}

function training(backend: Backend, host: HostTraining, more: Partial<DeviceTraining> = {}): DeviceTraining {
  const { params, neurons } = deviceTensors(arrays, backend)
  const xs = Float64Array.from({ length: samples }, (_, i) => -1 + (2 * i) / (samples - 1))
  const data = {
    x: tensor(payloads(arrays.network, xs), { shape: [samples, 1], dtype: 'i32', backend }),
    y: tensor(
      xs.map((v) => Math.sin(3 * v)),
      { shape: [samples, 1], dtype: 'f32', backend },
    ),
  }
  const estimator = deviceNodePerturbation()
  const how = { estimator, host, steps: 8, batch: 8, rate: 1, key: 3, backend }
  return { network: arrays.network, neurons, params, readout, data, ...how, ...more }
}

const weightsOf = async ({ params }: Awaited<ReturnType<typeof trainDevice>>): Promise<number[]> =>
  Array.from(await params[0]!.weight.data(), Number)

test('a key decides the training; a held readout stays, a learned one follows its optimiser', async () => {
  await using backend = await cpu({ threads: 1 })
  const held = await trainDevice(training(backend, { kind: 'held' }))
  const again = await trainDevice(training(backend, { kind: 'held' }))
  const other = await trainDevice(training(backend, { kind: 'held' }, { key: 4 }))
  expect(await weightsOf(again)).toEqual(await weightsOf(held))
  expect(await weightsOf(other)).not.toEqual(await weightsOf(held))
  expect(await weightsOf(held)).not.toEqual(Array.from(arrays.layers[0]!.weight))
  expect(held.readout).toBe(readout)
  const learned = await trainDevice(training(backend, { kind: 'learned', optimizer: descent }))
  expect([...learned.readout.weight]).not.toEqual([...readout.weight])
  expect(learned.readout.centre).toBe(readout.centre)
})

test('a readout with a decoder behind it trains as the product of the two, and keeps its own size', async () => {
  await using backend = await cpu({ threads: 1 })
  // Codes z of two numbers, and one output z₀ − 2 z₁ + 0.1.
  const codes = {
    ...readout,
    weight: Float64Array.from({ length: units * 2 }, stream()),
    bias: Float64Array.of(0.2, -0.1),
  }
  const decoder = { weight: Float64Array.of(1, -2), bias: Float64Array.of(0.1) }
  const product = {
    ...readout,
    weight: Float64Array.from({ length: units }, (_, i) => codes.weight[2 * i]! - 2 * codes.weight[2 * i + 1]!),
    bias: Float64Array.of(0.2 + 0.2 + 0.1),
  }
  const coded = await trainDevice(training(backend, { kind: 'held' }, { readout: codes, decoder }))
  const whole = await trainDevice(training(backend, { kind: 'held' }, { readout: product }))
  expect(await weightsOf(coded)).toEqual(await weightsOf(whole))
  // Both columns follow the one output: their changes are 1 : −2, as in the decoder.
  const learned = { kind: 'learned', optimizer: descent } as const
  const { readout: moved } = await trainDevice(training(backend, learned, { readout: codes, decoder }))
  expect(moved.weight).toHaveLength(units * 2)
  const change = moved.weight.map((w, i) => w - codes.weight[i]!)
  expect(Math.max(...change.map(Math.abs))).toBeGreaterThan(1e-3)
  for (let i = 0; i < units; i++) expect(change[2 * i + 1]).toBeCloseTo(-2 * change[2 * i]!, 5)
  expect(moved.bias[1]! - codes.bias[1]!).toBeCloseTo(-2 * (moved.bias[0]! - codes.bias[0]!), 5)
})

test('a solved readout is solved at its interval and at the end', async () => {
  await using backend = await cpu({ threads: 1 })
  let solves = 0
  const solve = () => {
    solves += 1
    return Promise.resolve({ ...readout, bias: Float64Array.of(solves) })
  }
  const found = await trainDevice(training(backend, { kind: 'solved', every: 3, solve }))
  // Before steps 0, 3 and 6, and after the last.
  expect(solves).toBe(4)
  expect(found.readout.bias[0]).toBe(4)
})

test('progress is reported, and a signal ends the training with what it learned', async () => {
  await using backend = await cpu({ threads: 1 })
  const stop = new AbortController()
  const seen: number[] = []
  const report = (step: number, loss: number): void => {
    expect(loss).toBeGreaterThan(0)
    seen.push(step)
    if (step === 4) stop.abort()
  }
  const ended = training(backend, { kind: 'held' }, { progress: { every: 2, report }, signal: stop.signal })
  const found = await trainDevice(ended)
  expect(seen).toEqual([2, 4])
  expect(found.steps).toBe(4)
})

test('a training takes the memory of its parameters, and frees its own when it ends or fails', async () => {
  await using backend = referenceBackend()
  const live = (): number => backend.stats().liveBytes
  const plain = training(backend, { kind: 'held' }, { steps: 0 })
  const before = live()
  await trainDevice(plain)
  expect(live()).toBeLessThanOrEqual(before)
  await expect(plain.params[0]!.weight.data()).rejects.toThrow('DISPOSED')
  const fail = (): never => {
    throw new Error('no result')
  }
  for (const failing of [
    training(backend, { kind: 'solved', every: 3, solve: fail }),
    training(backend, { kind: 'learned', optimizer: descent }, { progress: { every: 1, report: fail } }),
  ]) {
    const kept = live() - treeLeaves(failing.params).reduce((sum, t) => sum + 4 * t.size, 0)
    await expect(trainDevice(failing)).rejects.toThrow('no result')
    expect(live()).toBeLessThanOrEqual(kept)
  }
})
