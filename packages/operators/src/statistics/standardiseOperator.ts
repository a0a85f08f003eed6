import { coordsFrom, onesLike, sub, zerosLike } from '@spikeward/core'
import type { HardConditions, OperatorData, OperatorTensors } from '@spikeward/core'
import type { OutputScale } from '../shared/outputScale.js'

/**
 * Shift and scale that bring all sensor values together to mean 0 and deviation 1: one pair for all sensors, so that
 * functions keep their shape and a sensor that never changes does no harm. For `input` of {@link deepOnet}.
 */
export function standardiseSensors({ sensors }: Pick<OperatorData, 'sensors'>): { shift: number; scale: number } {
  return moments(sensors, 0, 1)
}

/**
 * The same for sensors of which the last is no value of the function but its amplitude ({@link amplitude}, told). One sensor among m
 * that move together would hardly be heard: it gets the deviation √m/2.
 *
 * @param sensors m, without that one
 */
export function standardiseSensorsAndAmplitude(
  { sensors: rows }: Pick<OperatorData, 'sensors'>,
  sensors: number,
): { shift: number[]; scale: number[] } {
  const stride = sensors + 1
  const told = moments(rows, sensors, stride)
  const { shift, scale } = moments(
    rows.filter((_, i) => i % stride !== sensors),
    0,
    1,
  )
  const values = <T>(value: T): T[] => Array.from({ length: sensors }, () => value)
  return { shift: [...values(shift), told.shift], scale: [...values(scale), (2 * told.scale) / Math.sqrt(sensors)] }
}

/**
 * Shift and scale that bring solutions to mean 0 and deviation 1, output by output: for `output` of {@link deepOnet}.
 * Take the training functions, never the test functions. For networks with hard conditions, whose transform comes after, there is
 * {@link standardiseHardOutputs}.
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

/**
 * The same for a network under hard conditions u = g + m · output: what it is to compute is (u − g)/m, which has no bound where m
 * vanishes, so each value counts by the m² with which it moves u,
 *
 *     shift = Σ m (u − g) / Σ m²,   scale² = Σ (u − g − m shift)² / Σ m²
 *
 * so that an output of deviation 1 gives solutions of the deviation that they have. Scale 1 where nothing varies.
 *
 * @param data some hundred training functions are enough
 * @param hard its factor m may depend on f here
 * @param outputs numbers per point
 */
export async function standardiseHardOutputs(
  { f, u, at }: OperatorTensors,
  hard: HardConditions,
  outputs = 1,
): Promise<OutputScale> {
  const c = coordsFrom(at)
  const origin = hard.apply(zerosLike(u), f, c)
  const [factors, moved] = [sub(hard.apply(onesLike(u), f, c), origin), sub(u, origin)]
  const [m, d] = [await factors.data(), await moved.data()]
  const each = Array.from({ length: outputs }, (_, o) => {
    let [weight, first] = [0, 0]
    for (let i = o; i < m.length; i += outputs) {
      weight += m[i]! ** 2
      first += m[i]! * d[i]!
    }
    const shift = weight === 0 ? 0 : first / weight
    let square = 0
    for (let i = o; i < m.length; i += outputs) square += (d[i]! - m[i]! * shift) ** 2
    return { shift, scale: weight === 0 ? 1 : Math.sqrt(square / weight) || 1 }
  })
  return { shift: each.map((e) => e.shift), scale: each.map((e) => e.scale) }
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
