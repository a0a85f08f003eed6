import type { OperatorData } from '@spikeward/core'

/**
 * Shift and scale that bring all sensor values together to mean 0 and deviation 1: one pair for all sensors, so that
 * functions keep their shape and a sensor that never changes does no harm. For `input` of {@link deepOnet}.
 */
export function standardiseSensors({ sensors }: Pick<OperatorData, 'sensors'>): { shift: number; scale: number } {
  return moments(sensors, 0, 1)
}

/**
 * Shift and scale that bring solutions to mean 0 and deviation 1, output by output: for `output` of {@link deepOnet}.
 * Take the training functions, never the test functions. Not for networks with hard conditions, whose transform comes after.
 *
 * @param outputs numbers per point
 */
export function standardiseOutputs(
  { values }: Pick<OperatorData, 'values'>,
  outputs = 1,
): { shift: number[]; scale: number[] } {
  const all = Array.from({ length: outputs }, (_, o) => moments(values, o, outputs))
  return { shift: all.map((m) => m.shift), scale: all.map((m) => m.scale) }
}

/** Mean and deviation of every `stride`-th number from `first` on; deviation 1 where nothing varies. */
function moments(values: Float64Array, first: number, stride: number): { shift: number; scale: number } {
  const count = Math.floor((values.length - first + stride - 1) / stride)
  let total = 0
  for (let i = first; i < values.length; i += stride) total += values[i]!
  const shift = total / count
  let square = 0
  for (let i = first; i < values.length; i += stride) square += (values[i]! - shift) ** 2
  return { shift, scale: Math.sqrt(square / count) || 1 }
}
