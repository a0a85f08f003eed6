import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UnavailableError, jit, key, referenceBackend, tensor, treeLeaves } from '@spikeward/core'
import type { Backend, Tensor } from '@spikeward/core'
import { cpu } from '@spikeward/backend-cpu'
import { native } from '@spikeward/backend-native'
import { webgpu } from '@spikeward/backend-webgpu'
import {
  checkTrace,
  deviceNodePerturbation,
  deviceSpsa,
  deviceState,
  deviceStep,
  deviceTensors,
  deviceWeightPerturbation,
  errorNeuron,
  fieldWords,
  hostLoss,
  loihi1,
  loihi2,
  payloads,
  quantise,
  quantiseStepper,
  readTrace,
  runChip,
  runStepper,
  toDevice,
} from '@spikeward/chip'
import type { DeviceEstimator, DeviceLoss } from '@spikeward/chip'
import { smallStepper } from './stepper/fixture.js'
import { smallMlp } from './training/fixture.js'

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8'))
const golden = fixture('loihi')
const goldenSigmaDelta = fixture('sigmadelta')

const mlp = smallMlp([6, 5], 6)
const arrays = toDevice(loihi2, mlp, { bits: 6 })
const points = [-1, -0.4, 0.1, 0.9]

/** The whole numbers of several tensors, concatenated. */
const integers = async (tensors: readonly Tensor[]): Promise<number[][]> =>
  Promise.all(tensors.map(async (t) => Array.from(await t.data(), Number)))

/** The integers of the reference backend, computed once for all others. */
const expected = new Map<string, Promise<number[][]>>()
function once(name: string, make: () => Promise<number[][]>): Promise<number[][]> {
  const found = expected.get(name) ?? make()
  expected.set(name, found)
  return found
}

/** Parameters, traces and levels after two steps of training. */
async function trained(estimator: DeviceEstimator, backend: Backend, loss: DeviceLoss): Promise<number[][]> {
  const { network } = arrays
  const on = (data: number[] | Int32Array, shape: number[], dtype: 'i32' | 'f32'): Tensor =>
    tensor(data, { shape, dtype, backend })
  const { params, neurons } = deviceTensors(arrays, backend)
  // Weights of a readout that floats hold exactly, so that every backend computes the same losses.
  const readout = {
    weight: on([1, -0.5, 0.25, 2, -1], [5, 1], 'f32'),
    bias: on([0.5], [1], 'f32'),
    centre: on([0, 0, 0, 0, 0], [5], 'f32'),
  }
  const batch = { x: on(payloads(network, points), [4, 1], 'i32'), y: on([0, 1, -1, 0.5], [4, 1], 'f32') }
  const step = jit(deviceStep(network, estimator, loss))
  let state = deviceState(params)
  for (let i = 0; i < 2; i++)
    state = step(state, { neurons, readout, batch, rate: on([2], [], 'i32') }, key(i, { backend })).state
  const found = await integers(treeLeaves(state))
  step.dispose()
  return found
}

const backends: readonly (readonly [string, () => Promise<Backend>])[] = [
  ['reference', () => Promise.resolve(referenceBackend())],
  ['cpu', () => cpu({ threads: 1 })],
  ['native', () => native({ threads: 1 })],
  ['webgpu', () => webgpu()],
]

const all: readonly (readonly [DeviceEstimator, DeviceLoss])[] = [
  [deviceSpsa(), hostLoss],
  [deviceWeightPerturbation(), hostLoss],
  [deviceNodePerturbation({ below: 4 }), hostLoss],
  [deviceNodePerturbation({ below: 4 }), errorNeuron],
]

describe.each(backends)('chip kernels on %s', (name, open) => {
  let backend: Backend | null = null
  let absent = ''
  beforeAll(async () => {
    try {
      backend = await open()
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
      absent = error.message
    }
  })
  afterAll(async () => {
    await backend?.[Symbol.asyncDispose]()
  })

  test('every integer of recorded traces agrees', async (context) => {
    if (backend === null) return context.skip(absent)
    const { lif, dense } = readTrace(golden)
    const { sigmaDelta } = readTrace(goldenSigmaDelta)
    // A software renderer compiles each shape anew: one layer and one connection of each kind.
    const some = { lif: lif.slice(0, 2), dense: dense.slice(0, 2), sigmaDelta: sigmaDelta.slice(4, 6) }
    expect(await checkTrace(loihi1, some, backend)).toBeNull()
  })

  test('a quantised network fires as on the reference backend', async (context) => {
    if (backend === null) return context.skip(absent)
    const network = quantise(
      loihi2,
      mlp,
      points.map((p) => [p]),
      { bits: 5 },
    )
    const inputs = points.map((p) => [p])
    const found = await integers(runChip(network, inputs, backend))
    expect(found).toEqual(await once('fires', () => integers(runChip(network, inputs))))
    expect(found.flat().some((n) => n > 0)).toBe(true)
  })

  test.for([null, 8])('a time-stepper with a cycle of %s steps as on the reference backend', async (cycle, context) => {
    if (backend === null) return context.skip(absent)
    const { stepper, fields } = smallStepper([8], [3], 'circular')
    const network = quantiseStepper(loihi2, { ...stepper, cycle }, fields)
    const start = fieldWords(network, fields.subarray(0, 16))
    const steps = (on: Backend): Promise<number[][]> => {
      const u = tensor(start, { shape: [2, 8, 1], dtype: 'i32', backend: on })
      const { fields: found, messages } = jit((v: Tensor) => runStepper(network, v, 3, on))(u)
      return integers([found, ...messages])
    }
    const found = await steps(backend)
    expect(found).toEqual(await once(`steps of ${cycle}`, () => steps(referenceBackend())))
    expect(
      found
        .slice(1)
        .flat()
        .some((n) => n > 0),
    ).toBe(true)
  })

  test('the host compares losses as on the reference backend', async (context) => {
    if (backend === null) return context.skip(absent)
    const compare = async (on: Backend): Promise<number[][]> => {
      const i32 = (data: number[], ...shape: number[]): Tensor => tensor(data, { shape, dtype: 'i32', backend: on })
      const f32 = (data: number[], ...shape: number[]): Tensor => tensor(data, { shape, dtype: 'f32', backend: on })
      const compared = hostLoss.compare(arrays.network, {
        plus: { counts: i32([0, 1, 2, 3, 4, 5, 6, 0, 1, 2], 2, 5), error: f32([1, -0.5], 2, 1) },
        minus: { counts: i32([6, 5, 4, 3, 2, 1, 0, 6, 5, 4], 2, 5), error: f32([0.5, 2], 2, 1) },
        readout: { weight: f32([1, -0.5, 0.25, 2, -1], 5, 1), bias: f32([0.5], 1), centre: f32([0, 0, 0, 0, 0], 5) },
        targets: f32([-1, 0.5], 2, 1),
        level: i32([0]),
        key: key(7, { backend: on }),
      })
      return integers([compared.differences, compared.level])
    }
    const found = await compare(backend)
    expect(found).toEqual(await once('host', () => compare(referenceBackend())))
    expect(found[0]!.some((n) => n > 0) && found[0]!.some((n) => n < 0)).toBe(true)
  })

  // A software renderer takes seconds for each kernel: node perturbation has all of them.
  const trainings = name === 'webgpu' ? all.slice(-1) : all
  for (const [estimator, loss] of trainings) {
    const title = `${estimator.name}, losses by ${loss.name}`
    test(`training by ${title}, ends with the integers of the reference backend`, async (context) => {
      if (backend === null) return context.skip(absent)
      const found = await trained(estimator, backend, loss)
      expect(found).toEqual(await once(title, () => trained(estimator, referenceBackend(), loss)))
      expect(found.flat().some((n) => n !== 0)).toBe(true)
    })
  }
})
