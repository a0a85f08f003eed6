import type { Key, Tensor } from '@spikeward/core'
import { add, cast, clip, div, floor, maximum, mean, mul, sqrt, square, sub } from '@spikeward/core'
import type { DeviceNetwork } from '../deviceNetwork.js'
import type { WordUse } from '../wordUse.js'
import { LARGEST_DIFFERENCE } from '../wordUse.js'

/** The readout: y = (counts / T − centre) W + b, with W [n, outputs], b [outputs] and centre [n] in floats. */
export type DeviceReadout = { readonly weight: Tensor; readonly bias: Tensor; readonly centre: Tensor }

/** One of the two evaluations of a step. */
export type DeviceOutcome = {
  /** Spike counts of the last layer, i32 [N, n]. */
  readonly counts: Tensor
  /** Outputs of the host’s readout minus targets, f32 [N, outputs]. */
  readonly error: Tensor
}

/** The data of a step from which a loss is computed. */
export type DeviceOutcomes = {
  readonly plus: DeviceOutcome
  readonly minus: DeviceOutcome
  readonly readout: DeviceReadout
  /** f32 [N, outputs]. */
  readonly targets: Tensor
  /** Running mean of the differences of losses, i32 scalar; 0 before the first step. */
  readonly level: Tensor
  readonly key: Key
}

/** The two losses of a step, compared. */
export type DeviceComparison = {
  /** ℓ₊ − ℓ₋ of every sample as words of 8 bits, i32 [N] within ±127. */
  readonly differences: Tensor
  /** The mean loss of the two evaluations, f32 scalar, in the square of the unit of the targets. */
  readonly loss: Tensor
  /** The next running mean, i32 scalar. */
  readonly level: Tensor
}

/** Where the two scalar losses of a step are formed: on the host, or on the chip. */
export interface DeviceLoss {
  readonly name: string
  /** Compares two evaluations. Pure and traceable. */
  compare(network: DeviceNetwork, outcomes: DeviceOutcomes): DeviceComparison
  /** The readout with the precision of the place where losses are formed, in floats. Traceable. */
  held(network: DeviceNetwork, readout: DeviceReadout): DeviceReadout
  /**
   * The largest magnitude of every value that the chip computes for the losses.
   *
   * @param outputs of the readout
   * @param samples of a step
   * @throws CHIP_WIDTH if the losses of this network do not fit a word
   */
  words(network: DeviceNetwork, outputs: number, samples: number): readonly WordUse[]
}

/** Differences of losses as words of 8 bits: ±127 is four times their root mean square. */
function wordsOf(differences: Tensor): Tensor {
  const rms = sqrt(mean(square(differences)))
  const scaled = mul(differences, div(LARGEST_DIFFERENCE, maximum(mul(4, rms), 1e-30)))
  return cast(floor(add(clip(scaled, -LARGEST_DIFFERENCE, LARGEST_DIFFERENCE), 0.5)), 'i32')
}

/**
 * Losses from the host: it reads the spike counts, computes ℓ = mean of the squared errors of the outputs in floats,
 * and sends the differences, scaled by their root mean square over the samples of a step.
 */
export const hostLoss: DeviceLoss = {
  name: 'host',
  compare(_network, { plus, minus, level }) {
    const [up, down] = [mean(square(plus.error), 1), mean(square(minus.error), 1)]
    return {
      differences: wordsOf(sub(up, down)),
      loss: mul(0.5, add(mean(up), mean(down))),
      level,
    }
  },
  held: (_network, readout) => readout,
  words: () => [],
}
