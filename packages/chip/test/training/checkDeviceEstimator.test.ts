import { expect, test } from 'vitest'
import {
  add,
  bits,
  cast,
  clip,
  construct,
  declaredIn,
  key as keyOf,
  mul,
  shiftRight,
  sub,
  sum,
  tensor,
  zeros,
  zerosLike,
} from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import * as chip from '@spikeward/chip'
import { checkDeviceEstimator, deviceTensors, loihi2, toDevice } from '@spikeward/chip'
import type { DeviceEstimator, DeviceParams } from '@spikeward/chip'
import { smallMlp } from './fixture.js'

const arrays = toDevice(loihi2, smallMlp([4, 3], 6))
const { network } = arrays
const { params } = deviceTensors(arrays)
const samples = 8

/** An estimator of a third party: it moves the biases alone, by ±4 mantissas. */
const ofBiases: DeviceEstimator = {
  name: 'biases',
  perturb(_, own, { key }) {
    const side = (by: number) => ({ params: moved(own, signs(own, key, by)), currents: [] })
    return { plus: side(4), minus: side(-4) }
  },
  estimate: (_, own, { key, differences }) =>
    signs(own, key, 1).map(({ weight, bias }) => ({ weight, bias: mul(bias, sum(differences)) })),
  largestEstimate: (_, _l, n) => 127 * n,
}

const signs = (own: DeviceParams, key: ReturnType<typeof keyOf>, by: number): DeviceParams =>
  own.map(({ weight, bias }, l) => ({
    weight: zerosLike(weight),
    bias: mul(by, sub(mul(2, cast(shiftRight(bits(key.fold(l), bias.shape), 31), 'i32')), 1)),
  }))

const moved = (own: DeviceParams, by: DeviceParams): DeviceParams =>
  own.map(({ weight, bias }, l) => ({ weight, bias: clip(add(bias, by[l]!.bias), -4096, 4095) }))

const declared = Object.values(declaredIn({ ...chip }, 'deviceEstimator'))

test.each([...declared.map((one) => construct(one, {}) as DeviceEstimator), ofBiases])(
  '$name keeps the contract',
  async (estimator) => {
    await expect(checkDeviceEstimator(network, params, estimator, samples)).resolves.toBeUndefined()
  },
)

/** The estimator with these currents in the second layer of the second evaluation. */
const withCurrents = (current: () => Tensor): DeviceEstimator => ({
  ...ofBiases,
  perturb(n, own, c) {
    const { plus, minus } = ofBiases.perturb(n, own, c)
    return { plus, minus: { ...minus, currents: [null, current()] } }
  },
})

/** The estimator with a factor for the difference of each sample, and the same bound. */
const weighted = (factors: readonly number[], offset: number): DeviceEstimator => ({
  ...ofBiases,
  estimate: (_, own, { key, differences }) => {
    const summed = add(sum(mul(differences, tensor(factors, { dtype: 'i32' }))), offset)
    return signs(own, key, 1).map(({ weight, bias }) => ({ weight, bias: mul(bias, summed) }))
  },
})

let calls = 0
const broken: readonly (readonly [what: string, estimator: DeviceEstimator, message: string])[] = [
  ['too small a bound', { ...ofBiases, largestEstimate: () => 1 }, 'largestEstimate is 1'],
  [
    'floats',
    {
      ...ofBiases,
      estimate: (n, own, m) => ofBiases.estimate(n, own, m).map((p) => ({ ...p, bias: cast(p.bias, 'f32') })),
    },
    'type f32',
  ],
  [
    'a weight outside of its word',
    {
      ...ofBiases,
      perturb: (_, own) => ({
        plus: { params: own.map((p) => ({ ...p, weight: add(p.weight, 1000) })), currents: [] },
        minus: { params: own, currents: [] },
      }),
    },
    'its word holds',
  ],
  [
    'numbers that the key does not decide',
    { ...ofBiases, perturb: (n, own, c) => ofBiases.perturb(n, own, { ...c, key: keyOf(calls++) }) },
    'the same key',
  ],
  [
    'a second evaluation that the key does not decide',
    {
      ...ofBiases,
      perturb: (n, own, c) => ({
        plus: ofBiases.perturb(n, own, c).plus,
        minus: ofBiases.perturb(n, own, { ...c, key: keyOf(calls++) }).minus,
      }),
    },
    'returns different perturbations for the same key',
  ],
  [
    'currents that the key does not decide',
    withCurrents(() => cast(shiftRight(bits(keyOf(calls++), [samples, 3]), 31), 'i32')),
    'returns different perturbations for the same key',
  ],
  ['currents in floats', withCurrents(() => zeros([samples, 3])), 'currents of type f32'],
  ['currents of other shapes', withCurrents(() => zeros([samples, 4], 'i32')), 'takes [8, 3]'],
  ['a bound for losses that rise alone', weighted(Array(samples).fill(1), -127 * samples), 'largestEstimate is'],
  ['a bound for losses of one sign', weighted([2, -2, 2, -2, 2, -2, 2, -2], 0), 'largestEstimate is'],
  ['a layer too few', { ...ofBiases, estimate: (n, own, m) => ofBiases.estimate(n, own, m).slice(1) }, 'other shapes'],
]

test.each(broken)('an estimator with %s is refused', async (_, estimator, message) => {
  await expect(checkDeviceEstimator(network, params, estimator, samples)).rejects.toThrow(
    expect.objectContaining({ code: 'CHIP_ESTIMATOR', message: expect.stringContaining(message) as string }),
  )
})

test('an estimate that can exceed its word is refused by the bound alone', async () => {
  const wide = { ...ofBiases, largestEstimate: () => 2 ** 26 }
  await expect(checkDeviceEstimator(network, params, wide, samples)).rejects.toThrow('CHIP_WIDTH')
})
