import { coordsFrom, onesLike, sub, zerosLike } from '@spikeward/core'
import type { HardConditions, OperatorData, OperatorTensors, PointSet } from '@spikeward/core'
import type { OutputScale } from '../scales/outputScale.js'

/**
 * Shift and scale that standardise sensor values to mean 0 and deviation 1, for `input` of {@link deepOnet}. All
 * sensors share one pair, so functions keep their shape, and a constant sensor does not cause a division by zero.
 */
export function standardiseSensors({ sensors }: Pick<OperatorData, 'sensors'>): { shift: number; scale: number } {
  return moments(sensors, 0, 1)
}

/**
 * Shift and scale for m sensors and one more column that holds the amplitude ({@link amplitude} with `told`). The
 * column gets the deviation √m/2, because one value among m correlated ones would have little effect.
 *
 * @param sensors m, without the column of the amplitude
 */
export function standardiseSensorsAndAmplitude(
  { sensors: rows }: Pick<OperatorData, 'sensors'>,
  sensors: number,
): { shift: number[]; scale: number[] } {
  const stride = sensors + 1
  const statistics = moments(rows, sensors, stride)
  const { shift, scale } = moments(
    rows.filter((_, i) => i % stride !== sensors),
    0,
    1,
  )
  const values = <T>(value: T): T[] => Array.from({ length: sensors }, () => value)
  return {
    shift: [...values(shift), statistics.shift],
    scale: [...values(scale), (2 * statistics.scale) / Math.sqrt(sensors)],
  }
}

/**
 * Shift and scale that standardise solutions to mean 0 and deviation 1, output by output, for `output` of
 * {@link deepOnet}. Use the training functions, never the test functions. For networks with hard conditions use
 * {@link standardiseHardOutputs}.
 *
 * @param outputs values at a point
 */
export function standardiseOutputs(
  { values }: Pick<OperatorData, 'values'>,
  outputs = 1,
): { shift: number[]; scale: number[] } {
  const all = Array.from({ length: outputs }, (_, o) => moments(values, o, outputs))
  return { shift: all.map((m) => m.shift), scale: all.map((m) => m.scale) }
}

/**
 * Shift and scale for a network under hard conditions u = g + m · output. Its target (u − g)/m is unbounded near zeros
 * of m, so each value has the weight m²:
 *
 *     shift = Σ m (u − g) / Σ m²,   scale² = Σ (u − g − m shift)² / Σ m²
 *
 * An output of deviation 1 then gives solutions of the right deviation. A constant output gets scale 1.
 *
 * @param data a few hundred training functions suffice
 * @param hard its factor m may depend on f here
 * @param outputs values at a point
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

/** Mean and deviation of every `stride`-th number from `first` on. Constant numbers get deviation 1. */
function moments(values: Float64Array, first: number, stride: number): { shift: number; scale: number } {
  const count = Math.floor((values.length - first + stride - 1) / stride)
  let total = 0
  for (let i = first; i < values.length; i += stride) total += values[i]!
  const shift = total / count
  let square = 0
  for (let i = first; i < values.length; i += stride) square += (values[i]! - shift) ** 2
  return { shift, scale: Math.sqrt(square / count) || 1 }
}

/**
 * Shift and scale that standardise targets to mean 0 and deviation 1, output by output, for `output` of
 * {@link spikingMlp}. Use the training points, never the test points. A constant output gets scale 1.
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
