/** Networks and options whose numbers a chip cannot hold: an error with a code, before they become integers. */
import { describe, expect, test } from 'vitest'
import {
  checkWords,
  deviceNodePerturbation,
  deviceSpsa,
  deviceTensors,
  deviceWeightPerturbation,
  loihi2,
  payloads,
  quantise,
  runDevice,
  toDevice,
  trainDevice,
  withMismatch,
} from '@spikeward/chip'
import type { DeviceTraining, FloatLayer, FloatMlp } from '@spikeward/chip'
import { referenceBackend, tensor } from '@spikeward/core'
import { smallMlp } from '../training/fixture.js'

const sound = smallMlp([4, 3], 6)
/** The network with a changed layer. */
const withLayer = (l: number, change: Partial<FloatLayer>): FloatMlp => ({
  ...sound,
  layers: sound.layers.map((layer, i) => (i === l ? { ...layer, ...change } : layer)),
})
const weights = (rows: number, columns: number, values: readonly number[]): Pick<FloatLayer, 'weight'> => ({
  weight: { rows, columns, values },
})

const networks: Readonly<Record<string, readonly [FloatMlp, RegExp]>> = {
  'no layer': [{ ...sound, layers: [] }, /no layer/],
  'no time step': [{ ...sound, time: 0 }, /0 time steps/],
  'half a time step': [{ ...sound, time: 2.5 }, /2\.5 time steps/],
  'a weight that is NaN': [
    withLayer(
      1,
      weights(
        4,
        3,
        Array.from({ length: 12 }, () => Number.NaN),
      ),
    ),
    /weight is not/,
  ],
  'a first weight that is infinite': [withLayer(0, weights(1, 4, [1, 2, Infinity, 3])), /layer 0.*weight is not/],
  'too few weights': [withLayer(1, weights(4, 3, [1, 2])), /2 numbers, not 4 rows of 3/],
  'rows of another layer': [withLayer(1, weights(2, 3, [1, 2, 3, 4, 5, 6])), /2 rows.*4 neurons/],
  'too few biases': [withLayer(1, { bias: [1] }), /1 biases for 3/],
  'a bias that is NaN': [withLayer(1, { bias: [1, Number.NaN, 0] }), /bias is not/],
  'beta above 1': [withLayer(0, { beta: 2 }), /beta is 2/],
  'beta that is NaN': [withLayer(0, { beta: Number.NaN }), /beta is NaN/],
  'a gain of 0': [withLayer(0, { gain: 0 }), /gain is 0/],
  'a threshold of 0': [withLayer(0, { threshold: 0 }), /threshold is 0/],
  'a threshold below 0': [withLayer(1, { threshold: -1 }), /layer 1.*threshold is -1/],
  'an infinite threshold': [withLayer(1, { threshold: Infinity }), /threshold is Infinity/],
  'an unknown reset': [withLayer(0, { reset: 'none' as 'zero' }), /reset is none/],
  'no weights': [withLayer(1, { weight: undefined as never }), /layer 1.*no weights/],
  'no biases': [withLayer(1, { bias: undefined as never }), /layer 1.*no biases/],
  'initial membranes that are left out': [
    withLayer(0, { initialMembrane: undefined as never }),
    /layer 0.*initial membranes are nothing.*null for 0/,
  ],
  'too few initial membranes': [withLayer(1, { initialMembrane: [0] }), /1 initial membranes for 3/],
  'an initial membrane that is NaN': [withLayer(1, { initialMembrane: [0, Number.NaN, 0] }), /initial membrane is not/],
}

test.each(Object.entries(networks))('%s is refused, also for training on the chip', (_, [mlp, message]) => {
  for (const put of [() => quantise(loihi2, mlp, [[0.5]]), () => toDevice(loihi2, mlp)]) {
    expect(put).toThrow('INVALID_ARGUMENT')
    expect(put).toThrow(message)
  }
})

test.each([
  [[], /calibration input 1 has 0 numbers; give 1 finite/],
  [[1, 2], /calibration input 1 has 2 numbers; give 1 finite/],
  [[Number.NaN], /calibration input 1 has NaN at 0; give 1 finite/],
])('a calibration input %j is refused', (input, message) => {
  const put = () => quantise(loihi2, sound, [[0], input])
  expect(put).toThrow(message)
  expect(put).toThrow('INVALID_ARGUMENT')
})

describe('membranes', () => {
  test('that have forgotten a delayed reset are refused, unless the reset is immediate or to 0', () => {
    for (const beta of [0, 0.01]) {
      const mlp = withLayer(1, { beta })
      expect(() => quantise(loihi2, mlp, [[0]])).toThrow(/beta.*at least 1\/64.*CHIP_SOFT_RESET/)
      expect(() => toDevice(loihi2, mlp)).toThrow('CHIP_SOFT_RESET')
      for (const change of [{ resetDelayed: false }, { reset: 'zero' as const }])
        expect(quantise(loihi2, withLayer(1, { beta, ...change }), [[0]]).layers).toHaveLength(2)
    }
  })

  test.each([
    ['of a strong leak', { beta: 1 / 64 }],
    ['that start far above the threshold', { initialMembrane: [1e4, -1e4, 0] }],
  ])('%s stay within the word of a state', (_, change) => {
    const most = 2 ** (loihi2.stateBits - 1) - 1
    const mlp = withLayer(1, change)
    const { resetBy, initialMembrane } = quantise(loihi2, mlp, [[0]]).layers[1]!
    const { network, layers } = toDevice(loihi2, mlp)
    const values = [resetBy!, ...initialMembrane, ...layers[1]!.resetBy, ...layers[1]!.initial]
    const largest = Math.max(...values.map(Math.abs))
    expect(largest).toBeLessThanOrEqual(most)
    // The scale is as fine as the word allows.
    expect(largest).toBeGreaterThan(most / 4)
    const { params, neurons } = deviceTensors({ network, layers })
    expect(runDevice(network, neurons, params, tensor([[3]], { dtype: 'i32' }))).toHaveLength(2)
  })

  test('of which no scale holds the threshold as well are refused', () => {
    expect(() => toDevice(loihi2, withLayer(1, { initialMembrane: [1e6, 0, 0] }))).toThrow(
      /initial membrane 1000000;.*CHIP_RANGE/,
    )
  })
})

test('more inputs than a neuron distinguishes are refused where they are spikes', () => {
  const inputs = loihi2.fanIn + 1
  const wide = withLayer(
    0,
    weights(
      inputs,
      4,
      Array.from({ length: 4 * inputs }, () => 0.1),
    ),
  )
  expect(() => toDevice(loihi2, wide)).toThrow(/layer 0 has 4097 inputs.*use at most 4096 inputs.*CHIP_LIMIT/)
})

describe('options', () => {
  const { network } = toDevice(loihi2, sound)

  test.each([-1, 21, 0.5, Number.NaN, 1n as never])('a perturbation of 2^%s is refused', (k) => {
    for (const make of [
      deviceSpsa,
      deviceWeightPerturbation,
      ({ k: below }: { k: number }) => deviceNodePerturbation({ below }),
    ])
      expect(() => make({ k })).toThrow(/from 0 to 20.*INVALID_OPTION/)
  })

  test.each([0, -3, 1.5, Number.NaN])('%s samples of a step, or bits of an input, are refused', (n) => {
    expect(() => checkWords(network, deviceSpsa(), n)).toThrow(/samples.*INVALID_OPTION/)
    expect(() => toDevice(loihi2, sound, { inputBits: n })).toThrow(/inputBits.*INVALID_OPTION/)
  })

  test.each([-0.1, 1.1, Number.NaN])('a spread or a share of stuck synapses of %s is refused', (share) => {
    const uniform = () => 0.5
    for (const mismatch of [
      { spread: share, stuck: 0 },
      { spread: 0, stuck: share },
    ])
      expect(() => withMismatch(toDevice(loihi2, sound), { ...mismatch, uniform })).toThrow('INVALID_OPTION')
  })

  test('an input that is NaN is refused, and a larger one cut off', () => {
    expect(() => payloads(network, [0, Number.NaN])).toThrow(/input 1 is NaN.*INVALID_ARGUMENT/)
    expect([...payloads(network, [7, -Infinity])]).toEqual([64, -64])
  })

  test.each([{ steps: -1 }, { steps: Number.NaN }, { batch: 0 }, { rate: 0.5 }, { rate: 31 }])(
    'a training with %o is refused before its first step',
    async (wrong) => {
      const backend = referenceBackend()
      const arrays = toDevice(loihi2, sound)
      const { params, neurons } = deviceTensors(arrays, backend)
      const training: DeviceTraining = {
        ...{ network, neurons, params, backend, estimator: deviceSpsa(), host: { kind: 'held' } },
        ...{ steps: 1, batch: 2, rate: -1, key: 1, ...wrong },
        readout: { weight: new Float64Array(3), bias: new Float64Array(1), centre: new Float64Array(3) },
        data: { x: tensor([[1]], { dtype: 'i32', backend }), y: tensor([[1]], { dtype: 'f32', backend }) },
      }
      await expect(trainDevice(training)).rejects.toThrow('INVALID_OPTION')
      expect(await params[0]!.weight.data()).toHaveLength(4)
      const none = tensor(new Int32Array(0), { shape: [0, 1], dtype: 'i32', backend })
      const empty = { ...training, steps: 1, batch: 2, rate: -1, data: { ...training.data, x: none } }
      await expect(trainDevice(empty)).rejects.toThrow(/\[0, 1\].*INVALID_ARGUMENT/)
    },
  )
})
