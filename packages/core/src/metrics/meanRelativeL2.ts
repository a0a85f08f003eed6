import { SpikewardError } from '../errors.js'
import { relativeL2 } from './relativeL2.js'

/**
 * The mean over functions of the relative error of each, (1/N) Σᵢ ‖predictionᵢ − targetᵢ‖₂/‖targetᵢ‖₂. Small functions,
 * for which a small error is relatively large, have the same weight as others; `relativeL2` over everything (pooled)
 * weights large functions more, and is usually smaller. State which one you report.
 *
 * @param prediction [count, …], flat
 * @param target in the same layout
 * @param count N
 * @throws SHAPE_MISMATCH
 */
export function meanRelativeL2(prediction: Float64Array, target: Float64Array, count: number): number {
  const width = target.length / count
  if (!Number.isInteger(width) || width === 0 || !(count > 0) || prediction.length !== target.length)
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `meanRelativeL2 of ${prediction.length} predicted and ${target.length} target values in ${count} functions; ` +
        'both must hold the same number of values, the same for every function',
    )
  let sum = 0
  for (let i = 0; i < count; i++) {
    const [from, to] = [i * width, (i + 1) * width]
    sum += relativeL2(prediction.subarray(from, to), target.subarray(from, to))
  }
  return sum / count
}
