import { SpikewardError } from '@spikeward/core'
import { checkOption, RANDOM_BITS } from '../integer/integer.js'
import { stepOf } from './deviceNetwork.js'
import type { DeviceLayer, DeviceNetwork } from './deviceNetwork.js'
import type { DeviceEstimator } from './deviceEstimator.js'
import type { DeviceLoss } from './loss/deviceLoss.js'
import { hostLoss } from './loss/deviceLoss.js'
import { ACCUMULATOR, checkUses, wordUse } from './wordUse.js'
import type { WordUse } from './wordUse.js'

/** The weights that a layer can hold: multiples of its step. */
export function representableWeights(network: DeviceNetwork, layer: DeviceLayer): readonly [number, number] {
  const most = 2 ** network.chip.weightBits
  return [-most, most - stepOf(network, layer)]
}

/** The mantissas of biases that the chip can hold. */
export function biasRange({ chip }: DeviceNetwork): readonly [number, number] {
  const most = 2 ** (chip.biasBits.mantissa - 1)
  return [-most, most - 1]
}

/** An update beyond this many units moves any weight to the end of its range. */
export const largestUpdate = ({ chip }: DeviceNetwork): number => 2 ** (chip.weightBits + 1)

/**
 * The largest magnitudes of the values that training on the chip computes, from the formats alone, so the bounds hold
 * for every run. States saturate; sums, estimates and traces are bounded by fan-in, samples and word lengths.
 *
 * @param samples of a step
 * @param at where the losses are formed, and the outputs of the readout, on which the words of some losses depend;
 * default the host, whose losses use no word of the chip
 * @throws CHIP_WIDTH if a value can exceed its word; INVALID_OPTION for a loss without outputs
 */
export function checkWords(
  network: DeviceNetwork,
  estimator: DeviceEstimator,
  samples: number,
  ...at: readonly [] | readonly [loss: DeviceLoss, outputs: number]
): readonly WordUse[] {
  const [loss, outputs] = at.length === 0 ? [hostLoss, 1] : at
  if (!(outputs >= 1)) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `checkWords: the words of the loss ${loss.name} depend on the outputs of the readout; give their number after the loss`,
    )
  }
  checkOption('checkWords', 'samples', samples, 1, 2 ** 31 - 1)
  const { chip, layers, time } = network
  const state = 2 ** (chip.stateBits - 1) - 1
  const uses = layers.flatMap((layer, layerIndex): WordUse[] => {
    const row = (value: string, largest: number, word: number): WordUse => wordUse(value, layerIndex, largest, word)
    const sum = layer.fanIn * layer.payload * 2 ** chip.weightBits
    const current = sum * 2 ** layer.shift + 2 ** (chip.biasBits.mantissa - 1 + layer.biasExp) + state
    const estimate = estimator.largestEstimate(network, layerIndex, samples)
    const trace = estimate + 2 ** TRACE_SHIFT
    const biasWidth = 2 ** chip.biasBits.mantissa
    return [
      row('weight', 2 ** chip.weightBits - 1, chip.weightBits + 1),
      row('bias mantissa', 2 ** (chip.biasBits.mantissa - 1) - 1, chip.biasBits.mantissa),
      row('sum of weights', sum, ACCUMULATOR),
      row('current', current, ACCUMULATOR),
      row('membrane before saturation', current + state, ACCUMULATOR),
      row('membrane', state, chip.stateBits),
      // Both evaluations together, in the word of a counter.
      row('inputs of a synapse', 2 * Math.max(layer.payload, time), chip.stateBits),
      row('estimate', estimate, chip.stateBits + 1),
      // The trace is a geometric mean of estimates: m − (m >> μ) + (c >> μ) stays below the largest estimate plus the
      // rounding of the shifts.
      row('level of estimates', estimate, chip.stateBits + 1),
      row('trace of estimates', trace, chip.stateBits + 1),
      row('trace with random bits', trace + 2 ** RANDOM_BITS - 1, ACCUMULATOR),
      row('update of a weight', largestUpdate(network), ACCUMULATOR),
      row('update of a bias', trace, ACCUMULATOR),
      // Moved by an update, or by a perturbation of the estimators of this package: at most the range of the word.
      row('weight before it is clipped', 2 ** chip.weightBits + largestUpdate(network), ACCUMULATOR),
      row('bias before it is clipped', 2 ** (chip.biasBits.mantissa - 1) + Math.max(trace, biasWidth), ACCUMULATOR),
    ]
  })
  return checkUses([...uses, ...loss.words(network, outputs, samples)])
}

/** The trace of estimates keeps 1 − 2^−shift of itself in a step. */
export const TRACE_SHIFT = 4

/** The level of estimates moves by 2^−shift of its distance to the newest one in a step. */
export const LEVEL_SHIFT = 5
