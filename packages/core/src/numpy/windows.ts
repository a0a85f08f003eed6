import { SpikewardError } from '../errors.js'
import { embed } from '../primitives/views.js'
import type { Window } from '../primitives/windows.js'
import { type Shape, printAval } from '../tensor/aval.js'
import type { Tensor } from '../tensor/tensor.js'
import { concatenate, flip, partOf } from './shape.js'

/**
 * The continuation of an axis beyond its ends: zeros, the other end, or the mirror image about the outermost element.
 */
export type Edges = 'zeros' | 'circular' | 'reflect'

/**
 * Elements added before and after each spatial axis: `valid` adds none; `same` adds as many as make ⌈n / stride⌉
 * windows, the odd one after; a number, or a pair for each axis.
 */
export type Padding = 'same' | 'valid' | number | readonly (readonly [number, number])[]

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
