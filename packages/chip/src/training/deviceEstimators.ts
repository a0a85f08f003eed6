import {
  add,
  bits,
  cast,
  clip,
  equal,
  matmul,
  mul,
  reshape,
  shiftRight,
  sub,
  sum,
  transpose,
  where,
  zerosLike,
} from '@spikeward/core'
import type { Key, Tensor } from '@spikeward/core'
import { checkOption } from '../checkWord.js'
import { biasRange, heldRange } from './wordRanges.js'
import { biasSteps, stepOf } from './deviceNetwork.js'
import type { DeviceLayerParams, DeviceNetwork, DeviceParams } from './deviceNetwork.js'
import type { DeviceEstimator, DeviceEvaluation } from './deviceEstimator.js'
import { LARGEST_DIFFERENCE } from './wordUse.js'

/** The largest exponent of a perturbation of parameters; one as wide as the range of a word moves it to its end. */
const MOST_STEPS = 20

/** The smallest perturbation of a current is 2^−20 of the threshold: 4 units of a state of 24 bits. */
const MOST_BELOW = 20

/** ±1 from one bit of the counter-based generator. */
const signs = (key: Key, shape: readonly number[]): Tensor =>
  sub(mul(2, cast(shiftRight(bits(key, [...shape]), 31), 'i32')), 1)

const signsOf = (key: Key, params: DeviceParams): DeviceParams =>
  params.map(({ weight, bias }, l) => {
    const [w, b] = key.fold(l).split(2) as [Key, Key]
    return { weight: signs(w, weight.shape), bias: signs(b, bias.shape) }
  })

/** A move of at most the width of a range: a longer one ends at the same place, and could overflow before it is clipped. */
const within = (by: number, [low, high]: readonly [number, number]): number =>
  Math.sign(by) * Math.min(Math.abs(by), high - low)

/** Parameters moved by `by` · sign weight steps and clipped to their words. */
function moved(network: DeviceNetwork, params: DeviceParams, sign: DeviceParams, by: number): DeviceParams {
  return params.map(({ weight, bias }, l): DeviceLayerParams => {
    const layer = network.layers[l]!
    const [weights, biases] = [heldRange(network, layer), biasRange(network)]
    const [byWeight, byBias] = [by * stepOf(network, layer), by * 2 ** biasSteps(network, layer)]
    return {
      weight: clip(add(weight, mul(sign[l]!.weight, within(byWeight, weights))), ...weights),
      bias: clip(add(bias, mul(sign[l]!.bias, within(byBias, biases))), ...biases),
    }
  })
}

const quiet = (params: DeviceParams): DeviceEvaluation => ({ params, currents: [] })
const times = (sign: DeviceParams, factor: Tensor): DeviceParams =>
  sign.map(({ weight, bias }) => ({ weight: mul(weight, factor), bias: mul(bias, factor) }))

/**
 * Simultaneous perturbation: all parameters move by ±2^k steps at once, and each estimate is the perturbation's sign
 * times the difference of the two losses: estimate = Δ Σₙ (ℓ(θ + Δ) − ℓ(θ − Δ))ₙ.
 *
 * @param k the perturbation is 2^k steps of a weight, and at most the range of each word; default 1
 * @throws INVALID_OPTION unless k is a whole number from 0 to 20
 * @see Spall 1992
 */
export const deviceSpsa = ({ k = 1 }: { readonly k?: number } = {}): DeviceEstimator => {
  const by = 2 ** checkOption('deviceSpsa', 'k', k, 0, MOST_STEPS)
  return {
    name: 'spsa',
    perturb(network, params, { key }) {
      const sign = signsOf(key, params)
      return { plus: quiet(moved(network, params, sign, by)), minus: quiet(moved(network, params, sign, -by)) }
    },
    estimate: (_network, params, { key, differences }) => times(signsOf(key, params), sum(differences)),
    largestEstimate: (_network, _l, samples) => samples * LARGEST_DIFFERENCE,
  }
}

/**
 * Weight perturbation, layer by layer: a step moves the parameters of one layer, which the key chooses, and compares
 * the loss with that of the unperturbed parameters.
 *
 * @param k the perturbation is 2^k steps of a weight, and at most the range of each word; default 1
 * @throws INVALID_OPTION unless k is a whole number from 0 to 20
 */
export const deviceWeightPerturbation = ({ k = 1 }: { readonly k?: number } = {}): DeviceEstimator => {
  const by = 2 ** checkOption('deviceWeightPerturbation', 'k', k, 0, MOST_STEPS)
  const masked = (key: Key, params: DeviceParams): DeviceParams => {
    const [choice, directions] = key.split(2) as [Key, Key]
    const chosen = cast(shiftRight(bits(choice, []), 16), 'i32')
    const index = sub(chosen, mul(params.length, divideBy(chosen, params.length)))
    return signsOf(directions, params).map(({ weight, bias }, l) => ({
      weight: where(equal(index, l), weight, zerosLike(weight)),
      bias: where(equal(index, l), bias, zerosLike(bias)),
    }))
  }
  return {
    name: 'weightPerturbation',
    perturb(network, params, { key }) {
      return { plus: quiet(moved(network, params, masked(key, params), by)), minus: quiet(params) }
    },
    estimate: (_network, params, { key, differences }) => times(masked(key, params), sum(differences)),
    largestEstimate: (_network, _l, samples) => samples * LARGEST_DIFFERENCE,
  }
}

/** ⌊x / n⌋ of a word from 0 to 2^16 − 1, by a multiplication and a shift. */
const divideBy = (x: Tensor, n: number): Tensor => (n === 1 ? x : shiftRight(mul(x, Math.ceil(2 ** 15 / n)), 15))

/**
 * Node perturbation: the current of every neuron moves by ±2^k for a sample, and a synapse collects estimate = Σₙ xₙ
 * (ℓ₊ − ℓ₋)ₙ ξₙ, with the inputs x that it received.
 *
 * @param below the perturbation is 2^−below of the threshold, rounded to a power of two; default 8. Larger perturbations smooth the loss that is minimised
 * @throws INVALID_OPTION unless below is a whole number from 0 to 20
 * @see Williams 1992; Hiratani et al. 2022
 */
export const deviceNodePerturbation = ({ below = 8 }: { readonly below?: number } = {}): DeviceEstimator => {
  checkOption('deviceNodePerturbation', 'below', below, 0, MOST_BELOW)
  const noise = (key: Key, network: DeviceNetwork, samples: number): readonly Tensor[] =>
    network.layers.map(({ units }, l) => signs(key.fold(l), [samples, units]))
  return {
    name: 'nodePerturbation',
    perturb(network, params, { key, samples }) {
      // Thresholds are near the middle of the state’s positive range.
      const amplitude = 2 ** (network.chip.stateBits - 2 - below)
      const xi = noise(key, network, samples)
      return {
        plus: { params, currents: xi.map((s) => mul(s, amplitude)) },
        minus: { params, currents: xi.map((s) => mul(s, -amplitude)) },
      }
    },
    estimate(network, _params, { key, differences, presynaptic }) {
      const samples = differences.shape[0]!
      return noise(key, network, samples).map((xi, l) => {
        const signal = mul(xi, reshape(differences, [samples, 1]))
        const collected = matmul(cast(transpose(presynaptic[l]!), 'f32'), cast(signal, 'f32'))
        return { weight: cast(collected, 'i32'), bias: sum(signal, 0) }
      })
    },
    largestEstimate({ layers, time }, l, samples) {
      return samples * LARGEST_DIFFERENCE * 2 * (l === 0 ? layers[0]!.payload : time)
    },
  }
}
