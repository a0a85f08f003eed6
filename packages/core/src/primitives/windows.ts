import { SpikewardError } from '../errors.js'
import type { Shape } from '../tensor/aval.js'
import type { Tensor } from '../tensor/tensor.js'
import { broadcast, reduceSum } from './broadcast.js'
import { reshape } from './reshape.js'
import { shear } from './shear.js'
import { embed, permute, sliceOf } from './views.js'

/** Windows along one axis: their number of elements, the step between windows, and that between elements of one. */
export interface Window {
  readonly size: number
  readonly stride: number
  readonly dilation: number
}

/** The first `length` elements along `axis`. */
const start = (x: Tensor, axis: number, length: number): Tensor =>
  sliceOf(x, {
    starts: x.shape.map(() => 0),
    steps: x.shape.map(() => 1),
    lengths: x.shape.map((d, a) => (a === axis ? length : d)),
  })

/**
 * The number of windows along axes of these lengths.
 *
 * @throws SHAPE_MISMATCH if one does not fit
 */
export function countWindows(name: string, lengths: Shape, windows: readonly Window[]): number[] {
  const counts = windows.map(
    ({ size, stride, dilation }, i) => Math.floor((lengths[i]! - dilation * (size - 1) - 1) / stride) + 1,
  )
  if (counts.some((c) => c < 1)) {
    const extents = windows.map((w) => w.dilation * (w.size - 1) + 1)
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `${name}: windows of ${extents.join(' × ')} elements do not fit in axes of ${lengths.join(' × ')}; pad more, or take smaller windows`,
    )
  }
  return counts
}

/**
 * Sliding windows over the axes from `first` on, one for each of `windows`, as a view: from [lead, n₁ … n_d, rest] to
 * [lead, o₁ … o_d, k₁ … k_d, rest] with oₐ windows of kₐ elements,
 *
 *     y[o, k] = x[stride · o + dilation · k],   o < ⌊(n − dilation (k − 1) − 1) / stride⌋ + 1
 */
export function slidingWindows(name: string, x: Tensor, first: number, windows: readonly Window[]): Tensor {
  const d = windows.length
  const counts = countWindows(name, x.shape.slice(first, first + d), windows)
  // Windows that do not overlap are a reshape, whose transpose adds nothing up.
  if (windows.every(({ size, stride, dilation }) => size === stride && dilation === 1)) {
    const whole = windows.reduce((y, { size }, i) => start(y, first + i, counts[i]! * size), x)
    const split = reshape(whole, [
      ...x.shape.slice(0, first),
      ...windows.flatMap(({ size }, i) => [counts[i]!, size]),
      ...x.shape.slice(first + d),
    ])
    const lead = Array.from({ length: first }, (_, a) => a)
    const rest = x.shape.slice(first + d).map((_, a) => first + 2 * d + a)
    return permute(split, [
      ...lead,
      ...windows.map((_, i) => first + 2 * i),
      ...windows.map((_, i) => first + 2 * i + 1),
      ...rest,
    ])
  }
  return windows.reduce((y, { size, stride, dilation }, i) => {
    const along = first + d + i
    const repeated = broadcast(
      y,
      [...y.shape.slice(0, along), size, ...y.shape.slice(along)],
      y.shape.map((_, a) => (a < along ? a : a + 1)),
    )
    return shear(repeated, { axis: first + i, along, start: 0, step: stride, slope: dilation, length: counts[i]! })
  }, x)
}

/**
 * The transpose of {@link slidingWindows}: adds overlapping windows, from [lead, o₁ … o_d, k₁ … k_d, rest] to
 * [lead, n₁ … n_d, rest] with n = stride (o − 1) + dilation (k − 1) + 1,
 *
 *     y[i] = Σ x[o, k]   over stride · o + dilation · k = i
 */
export function addWindows(x: Tensor, first: number, windows: readonly Window[]): Tensor {
  return windows.reduceRight((y, { size, stride, dilation }, i) => {
    const [axis, along] = [first + i, first + windows.length + i]
    const far = dilation * (size - 1)
    const length = stride * (y.shape[axis]! - 1) + far + 1
    const spread = embed(y, {
      shape: y.shape.map((n, a) => (a === axis ? length + far : n)),
      starts: y.shape.map((_, a) => (a === axis ? far : 0)),
      steps: y.shape.map((_, a) => (a === axis ? stride : 1)),
      fill: 0,
    })
    return reduceSum(shear(spread, { axis, along, start: far, step: 1, slope: -dilation, length }), [along])
  }, x)
}
