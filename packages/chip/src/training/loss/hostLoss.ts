import { add, cast, clip, div, floor, maximum, mean, mul, sqrt, square, sub } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { LARGEST_DIFFERENCE } from '../wordUse.js'
import type { DeviceLoss } from './deviceLoss.js'

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
