import type { PointSet } from '@spikeward/core'

/**
 * Shift and scale that standardise targets to mean 0 and deviation 1, output by output, for `output` of {@link spikingMlp}.
 * Use the training points, never the test points. A constant output gets scale 1.
 */
export function standardise({ y, count }: PointSet): { shift: number[]; scale: number[] } {
  const outputs = y.length / count
  const shift = Array.from({ length: outputs }, (_, o) => {
    let total = 0
    for (let p = 0; p < count; p++) total += y[p * outputs + o]!
    return total / count
  })
  const scale = shift.map((mean, o) => {
    let total = 0
    for (let p = 0; p < count; p++) total += (y[p * outputs + o]! - mean) ** 2
    return Math.sqrt(total / count) || 1
  })
  return { shift, scale }
}
