import { SpikewardError } from '../errors.js'

/**
 * Relative error in the Euclidean norm, over all points and outputs at once (pooled), in double precision:
 *
 *     ‖prediction − target‖₂ / ‖target‖₂
 *
 * 0 for an exact prediction, 1 for a prediction of zero. NaN or Infinity in a prediction is carried into the result; if
 * the target is zero everywhere, the result is 0 or Infinity.
 *
 * @param prediction values, any layout
 * @param target values in the same layout
 * @throws SHAPE_MISMATCH if the lengths differ or there are no values
 */
export function relativeL2(prediction: ArrayLike<number>, target: ArrayLike<number>): number {
  if (prediction.length !== target.length || target.length === 0) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `relativeL2 of ${prediction.length} predicted values and ${target.length} target values; both must hold the same, at least one`,
    )
  }
  let error = 0
  let norm = 0
  for (let i = 0; i < target.length; i++) {
    error += (prediction[i]! - target[i]!) ** 2
    norm += target[i]! ** 2
  }
  return error === 0 ? 0 : Math.sqrt(error / norm)
}

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
