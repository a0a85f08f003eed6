import { SpikewardError } from '../errors.js'
import { broadcast } from '../primitives/broadcast.js'
import { shear } from '../primitives/shear.js'
import { embed, permute } from '../primitives/views.js'
import { printAval } from '../tensor/aval.js'
import type { Shape } from '../tensor/aval.js'
import type { Tensor } from '../tensor/tensor.js'
import { sum } from './reduce.js'
import { concatenate, flip, partOf, reshape } from './shape.js'

/** The continuation of an axis beyond its ends: zeros, the other end, or the mirror image about the outermost element. */
export type Edges = 'zeros' | 'circular' | 'reflect'

/**
 * Elements added before and after each spatial axis: `valid` adds none; `same` adds as many as make ⌈n / stride⌉ windows,
 * the odd one after; a number, or a pair for each axis.
 */
export type Padding = 'same' | 'valid' | number | readonly (readonly [number, number])[]

/** Windows along one axis: their number of elements, the step between windows, and that between elements of one. */
export interface Window {
  readonly size: number
  readonly stride: number
  readonly dilation: number
}

/** The whole numbers of an option, one for each spatial axis: one number stands for all. */
export function perAxis(name: string, option: string, value: number | readonly number[], axes: number): number[] {
  const all = typeof value === 'number' ? Array.from({ length: axes }, () => value) : [...value]
  if (all.length !== axes || !all.every((v) => Number.isInteger(v) && v >= 1)) {
    throw new SpikewardError(
      'INVALID_ARGUMENT',
      `${name}: ${option} is [${all.join(', ')}]; give one whole number of at least 1, or one for each of the ${axes} spatial axes`,
    )
  }
  return all
}

/** The elements that `padding` adds before and after spatial axes of lengths `lengths`. */
export function paddingOf(
  name: string,
  padding: Padding,
  lengths: Shape,
  windows: readonly Window[],
): (readonly [number, number])[] {
  if (padding === 'valid') return lengths.map(() => [0, 0])
  if (padding === 'same') {
    return lengths.map((n, a) => {
      const { size, stride, dilation } = windows[a]!
      const total = Math.max((Math.ceil(n / stride) - 1) * stride + dilation * (size - 1) + 1 - n, 0)
      return [Math.floor(total / 2), Math.ceil(total / 2)]
    })
  }
  const pairs = typeof padding === 'number' ? lengths.map((): [number, number] => [padding, padding]) : padding
  if (pairs.length !== lengths.length || !pairs.flat().every((v) => Number.isInteger(v) && v >= 0)) {
    throw new SpikewardError(
      'INVALID_ARGUMENT',
      `${name}: padding [${pairs.map((p) => `[${p.join(', ')}]`).join(', ')}]; give 'same', 'valid', a whole number, or [before, after] for each of the ${lengths.length} spatial axes`,
    )
  }
  return [...pairs]
}

/**
 * Adds elements before and after the axes from `first` on. Binary values stay binary.
 *
 * @throws INVALID_ARGUMENT if an edge that is not `zeros` needs more elements than the axis has
 */
export function padEdges(
  name: string,
  x: Tensor,
  first: number,
  widths: readonly (readonly [number, number])[],
  edges: Edges,
): Tensor {
  if (widths.every(([before, after]) => before === 0 && after === 0)) return x
  if (edges === 'zeros') {
    return embed(x, {
      shape: x.shape.map((d, a) => d + (widths[a - first]?.[0] ?? 0) + (widths[a - first]?.[1] ?? 0)),
      starts: x.shape.map((_, a) => widths[a - first]?.[0] ?? 0),
      steps: x.shape.map(() => 1),
      fill: 0,
    })
  }
  return widths.reduce((y, [before, after], i) => {
    const axis = first + i
    const n = y.shape[axis]!
    const most = edges === 'circular' ? n : n - 1
    if (Math.max(before, after) > most) {
      throw new SpikewardError(
        'INVALID_ARGUMENT',
        `${name}: padding [${before}, ${after}] with edges '${edges}' along axis ${axis} of ${printAval(x.aval)}; such an edge repeats at most ${most} elements here; pad less, or use edges 'zeros'`,
      )
    }
    const [head, tail] =
      edges === 'circular'
        ? [partOf(y, axis, n - before, before), partOf(y, axis, 0, after)]
        : [flip(partOf(y, axis, 1, before), axis), flip(partOf(y, axis, n - 1 - after, after), axis)]
    return concatenate([...(before > 0 ? [head] : []), y, ...(after > 0 ? [tail] : [])], axis)
  }, x)
}

/**
 * Sliding windows over the axes from `first` on, one for each of `windows`, as a view: from [lead, n₁ … n_d, rest] to
 * [lead, o₁ … o_d, k₁ … k_d, rest] with oₐ windows of kₐ elements,
 *
 *     y[o, k] = x[stride · o + dilation · k],   o < ⌊(n − dilation (k − 1) − 1) / stride⌋ + 1
 */
export function slidingWindows(name: string, x: Tensor, first: number, windows: readonly Window[]): Tensor {
  const d = windows.length
  const counts = windows.map(
    ({ size, stride, dilation }, i) => Math.floor((x.shape[first + i]! - dilation * (size - 1) - 1) / stride) + 1,
  )
  if (counts.some((c) => c < 1)) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `${name}: windows of ${windows.map((w) => w.dilation * (w.size - 1) + 1).join(' × ')} elements do not fit in axes of ${x.shape.slice(first, first + d).join(' × ')}; pad more, or take smaller windows`,
    )
  }
  // Windows that do not overlap are a reshape, whose transpose adds nothing up.
  if (windows.every(({ size, stride, dilation }) => size === stride && dilation === 1)) {
    const whole = windows.reduce((y, { size }, i) => partOf(y, first + i, 0, counts[i]! * size), x)
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
    return sum(shear(spread, { axis, along, start: far, step: 1, slope: -dilation, length }), along)
  }, x)
}
