import {
  SpikewardError,
  abs,
  add,
  cast,
  clip,
  div,
  equal,
  floor,
  matmul,
  max,
  maximum,
  mean,
  minimum,
  mul,
  reshape,
  shiftRight,
  square,
  sub,
  sum,
  where,
  zeros,
} from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { bitLength, shiftLeft, stochasticShift } from '../../integer/integer.js'
import { weightStep } from '../../synapse/dense.js'
import type { DeviceNetwork } from '../deviceNetwork.js'
import { LEVEL_SHIFT } from '../wordRanges.js'
import { ACCUMULATOR, LARGEST_DIFFERENCE, wordUse } from '../wordUse.js'
import type { WordUse } from '../wordUse.js'
import type { DeviceLoss, DeviceReadout } from './deviceLoss.js'

/** Largest words of the synapses and the state of error neurons. */
type ErrorFormat = {
  /** Largest weight of a synapse, and the step between two. */
  readonly weight: number
  readonly step: number
  /** Left shift of a sum of weights to the unit of the membrane. */
  readonly shift: number
  /** Largest payload that the host sends at every step: bias minus target. */
  readonly payload: number
  /** Largest error, in units of T · scale. */
  readonly error: number
}

/** Weights below this are too coarse for a readout. */
const MIN_WEIGHT = 16

/** A float holds every integer up to 2^24. */
const EXACT_BITS = 24

/** A difference of losses that equals the running mean keeps this number of bits: it is sent as 16 to 32. */
const KEPT_BITS = 5

/**
 * The format of error neurons: half of the membrane’s word holds the weights of T steps, the other half the payloads,
 * so no membrane saturates; and the squares of all outputs fit one word.
 */
function formatOf({ chip, layers, time }: DeviceNetwork, outputs: number): ErrorFormat {
  const fanIn = layers.at(-1)!.units
  const half = 2 ** Math.min(chip.stateBits - 2, EXACT_BITS)
  const step = weightStep(chip, { signMode: 'mixed', bits: chip.weightBits, exponent: 0 })
  const fits = Math.floor((half - 1) / (time * fanIn * step)) * step
  const weight = Math.min(2 ** chip.weightBits - step, fits)
  const error = Math.floor(Math.sqrt((2 * half - 1) / outputs))
  if (weight < MIN_WEIGHT || error < MIN_WEIGHT) {
    throw new SpikewardError(
      'CHIP_WIDTH',
      `an error neuron of ${fanIn} inputs, ${time} steps and ${outputs} outputs holds weights up to ${weight} and errors up to ${error}, but both must reach ${MIN_WEIGHT}; use fewer neurons in the last layer, fewer steps or fewer outputs, or losses from the host`,
    )
  }
  const shift = Math.min(chip.stateShift, Math.floor(Math.log2((half - 1) / (time * fanIn * weight))))
  return { weight, step, shift, payload: Math.floor(half / time), error }
}

const nearest = (x: Tensor): Tensor => floor(add(x, 0.5))

/** The largest magnitude, or a tiny number if all are 0. */
const largest = (x: Tensor): Tensor => maximum(max(abs(x)), 1e-30)

/**
 * The readout and the constants in the words of error neurons, and the scale of both: a weight of 1 is `scale` units.
 * The scale is as fine as the weights and the payloads allow.
 *
 * @param targets f32 [N, outputs], or null for the readout alone
 */
function wordsOf(network: DeviceNetwork, { weight, bias, centre }: DeviceReadout, targets: Tensor | null) {
  const [units, outputs] = weight.shape as [number, number]
  const format = formatOf(network, outputs)
  // The centre of the rates is a part of the bias.
  const offset = sub(bias, reshape(matmul(reshape(centre, [1, units]), weight), [outputs]))
  const constants = targets === null ? offset : sub(offset, targets)
  const far = largest(constants)
  const payloads = format.payload / 2 ** format.shift
  const scale = minimum(div(format.weight, largest(weight)), div(payloads, far))
  const weights = mul(nearest(div(mul(weight, scale), format.step)), format.step)
  return { weights: clip(weights, -format.weight, format.weight), constants, far, scale, format }
}

/**
 * Losses from error neurons on the chip, one for each output, without leak and without threshold. The host sends the
 * targets, and holds the readout in the words of their synapses:
 *
 *     m ← m + (Σᵢ wᵢ sᵢ,t << shift) + p,   e = clip(m_T >> (shift + finer)),   ℓ = Σ e²
 *
 * w is the readout in 8 bits, p = bias − target a graded spike of the host that is the same at every step. The host
 * chooses the scale of both, and `finer` so that an error as large as the largest |p| of the step fits its word. A
 * neuron that remembers ℓ₊ sends d = ℓ₊ − ℓ₋, shifted to 8 bits with stochastic rounding by the bit length of n, a
 * running mean over the steps:
 *
 *     m = Σₙ (|dₙ| >> b),   b = ⌈log₂ N⌉;   n ← m if n = 0, otherwise n + ((m − n) >> 5)
 *
 * Because |d| is shifted before it is summed over the N samples, m fits its word. It is the mean of |d| times N / 2^b
 * (more than 1/2, at most 1), apart from the bits that the shifts cut off: a |d| below 2^b counts as 0. If all are that
 * small, n falls to 0, and d is sent unshifted, clipped to ±127.
 *
 * The format of the synapses ensures that no membrane saturates and no loss exceeds the word of a state: see
 * `checkWords`.
 *
 * Compared with {@link hostLoss}, the readout has 8 bits and errors beyond the largest |p| are clipped. `held` returns
 * the readout in these words if the weights determine the scale. If the targets determine it, because all weights are
 * small in comparison, the words are coarser.
 */
export const errorNeuron: DeviceLoss = {
  name: 'errorNeuron',
  compare(network, { plus, minus, readout, targets, level, key }) {
    const { weights, constants, far, scale, format } = wordsOf(network, readout, targets)
    const unit = mul(scale, 2 ** format.shift)
    const sent = cast(clip(nearest(mul(constants, unit)), -format.payload, format.payload), 'i32')
    // An error as large as the largest target has to fit its word, so finer bits are cut off.
    const farthest = cast(nearest(mul(mul(far, scale), network.time)), 'i32')
    const finer = maximum(0, sub(bitLength(farthest), Math.floor(Math.log2(format.error))))
    const errorOf = (counts: Tensor): Tensor => {
      // No sum of T steps exceeds 2^(stateBits − 2) or 2^24, so that the product of floats is exact, and equals the sum
      // over single steps.
      const summed = cast(matmul(cast(counts, 'f32'), weights), 'i32')
      const membrane = add(shiftLeft(summed, format.shift), mul(sent, network.time))
      return clip(shiftRight(membrane, add(finer, format.shift)), -format.error, format.error)
    }
    const lossOf = (counts: Tensor): Tensor => {
      const error = errorOf(counts)
      return sum(mul(error, error), 1)
    }
    const [up, down] = [lossOf(plus.counts), lossOf(minus.counts)]
    const difference = sub(up, down)
    const [samples] = difference.shape as [number]
    const magnitude = sum(shiftRight(abs(difference), sampleBits(samples)))
    const next = where(equal(level, 0), magnitude, add(level, shiftRight(sub(magnitude, level), LEVEL_SHIFT)))
    const shift = minimum(30, maximum(0, sub(bitLength(next), KEPT_BITS)))
    const inUnits = div(mul(scale, network.time), cast(shiftRight(2 ** 30, sub(30, finer)), 'f32'))
    const average = mul(0.5, add(mean(cast(up, 'f32')), mean(cast(down, 'f32'))))
    return {
      differences: clip(stochasticShift(difference, shift, key), -LARGEST_DIFFERENCE, LARGEST_DIFFERENCE),
      loss: div(average, mul(square(inUnits), targets.shape[1]!)),
      level: next,
    }
  },
  held(network, readout) {
    const { weights, constants, scale, format } = wordsOf(network, readout, null)
    const unit = mul(scale, 2 ** format.shift)
    return {
      weight: div(weights, scale),
      bias: div(nearest(mul(constants, unit)), unit),
      centre: zeros(readout.centre.shape, 'f32'),
    }
  },
  words(network, outputs, samples) {
    const { chip, layers, time } = network
    const { weight, shift, payload, error } = formatOf(network, outputs)
    const sums = time * layers.at(-1)!.units * weight
    const loss = outputs * error ** 2
    const row = (value: string, largest: number, word: number): WordUse => wordUse(value, layers.length, largest, word)
    return [
      row('weight of the error neuron', weight, chip.weightBits + 1),
      row('target of the error neuron', payload, chip.spikeBits),
      row('sum of weights of the error neuron', sums, ACCUMULATOR),
      row('membrane of the error neuron', sums * 2 ** shift + time * payload, chip.stateBits),
      row('loss', loss, chip.stateBits),
      row('difference of losses', loss, chip.stateBits),
      row('level of differences', samples * Math.floor(loss / 2 ** sampleBits(samples)), chip.stateBits),
      row('difference as sent', LARGEST_DIFFERENCE, 8),
    ]
  },
}

/** Bits that a sum over the samples of a step needs above those of one sample. */
const sampleBits = (samples: number): number => Math.ceil(Math.log2(samples))
