/** Perturbations of the parameters of a network on a chip. */
import { add, bits, cast, clip, defineOptions, integer, mul, shiftRight, sub } from '@spikeward/core'
import type { Key, Tensor } from '@spikeward/core'
import { biasRange, representableWeights } from '../wordRanges.js'
import { biasSteps, stepOf } from '../deviceNetwork.js'
import type { DeviceLayerParams, DeviceNetwork, DeviceParams } from '../deviceNetwork.js'
import type { DeviceEvaluation } from '../deviceEstimator.js'

/**
 * The option of estimators that perturb parameters. A perturbation as wide as the range of a word moves it to its end.
 */
export const parameterPerturbation = /* @__PURE__ */ defineOptions(() => ({
  /** The perturbation is 2^k steps of a weight, and at most the range of each word. */
  k: integer({ min: 0, max: 20, default: 1, help: 'the perturbation is 2^k weight steps' }),
}))

/** ±1 from one bit of the counter-based generator. */
export const signs = (key: Key, shape: readonly number[]): Tensor =>
  sub(mul(2, cast(shiftRight(bits(key, [...shape]), 31), 'i32')), 1)

/** Signs for every parameter of a network. */
export const signsOf = (key: Key, params: DeviceParams): DeviceParams =>
  params.map(({ weight, bias }, l) => {
    const [w, b] = key.fold(l).split(2) as [Key, Key]
    return { weight: signs(w, weight.shape), bias: signs(b, bias.shape) }
  })

/**
 * A move of at most the width of a range: a longer one ends at the same place, and could overflow before it is clipped.
 */
const within = (by: number, [low, high]: readonly [number, number]): number =>
  Math.sign(by) * Math.min(Math.abs(by), high - low)

/** Parameters moved by `by` · sign weight steps and clipped to their words. */
export function moved(network: DeviceNetwork, params: DeviceParams, sign: DeviceParams, by: number): DeviceParams {
  return params.map(({ weight, bias }, l): DeviceLayerParams => {
    const layer = network.layers[l]!
    const [weights, biases] = [representableWeights(network, layer), biasRange(network)]
    const [byWeight, byBias] = [by * stepOf(network, layer), by * 2 ** biasSteps(network, layer)]
    return {
      weight: clip(add(weight, mul(sign[l]!.weight, within(byWeight, weights))), ...weights),
      bias: clip(add(bias, mul(sign[l]!.bias, within(byBias, biases))), ...biases),
    }
  })
}

/** An evaluation without added currents. */
export const quiet = (params: DeviceParams): DeviceEvaluation => ({ params, currents: [] })

/** Signs times a factor. */
export const times = (sign: DeviceParams, factor: Tensor): DeviceParams =>
  sign.map(({ weight, bias }) => ({ weight: mul(weight, factor), bias: mul(bias, factor) }))
