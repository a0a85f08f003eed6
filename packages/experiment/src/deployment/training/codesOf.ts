import type { HostDecoder } from '@spikeward/chip'
import { ridgeReadout } from '@spikeward/operators'

/** The ridge parameter of the codes: the outputs of a decoder hardly depend on some directions of them. */
const LAMBDA = 1e-8

/**
 * The codes z of samples whose decoded outputs z D + d are nearest to targets, [samples · codes] row-major.
 *
 * @param y targets [samples · outputs], row-major
 */
export function codesOf(y: Float64Array, { weight, bias }: HostDecoder): Float64Array {
  const outputs = bias.length
  const [codes, samples] = [weight.length / outputs, y.length / outputs]
  // A ridge regression of the outputs on the columns of D. Each pair occurs with both signs, so that the fitted constant is 0.
  const [features, targets] = [new Float64Array(2 * outputs * codes), new Float64Array(2 * outputs * samples)]
  for (let o = 0; o < outputs; o++) {
    for (const [row, sign] of [
      [o, 1],
      [outputs + o, -1],
    ] as const) {
      for (let k = 0; k < codes; k++) features[row * codes + k] = sign * weight[k * outputs + o]!
      for (let n = 0; n < samples; n++) targets[row * samples + n] = sign * (y[n * outputs + o]! - bias[o]!)
    }
  }
  const solved = ridgeReadout(features, targets, 2 * outputs, LAMBDA).weight
  return Float64Array.from(
    { length: samples * codes },
    (_, i) => solved[(i % codes) * samples + Math.floor(i / codes)]!,
  )
}
