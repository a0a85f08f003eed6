import { type Shape, printAval, sizeOf } from '../tensor/aval.js'
import { bind } from '../interpreters/currentInterpreter.js'
import { SpikewardError } from '../errors.js'
import { reshape as reshapeTo } from '../primitives/reshape.js'
import { gather } from '../primitives/gather.js'
import { concatenatePrimitive, embed, permute, sliceOf } from '../primitives/views.js'
import type { Tensor } from '../tensor/tensor.js'
import { broadcastRight } from './broadcasting.js'

/** The axis number, where negative numbers count from the end. Throws INVALID_AXIS. */
export function axisOf(name: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new SpikewardError(
      'INVALID_AXIS',
      `${name}: axis ${axis} of a tensor with ${rank} axes; axes run from ${-rank} to ${rank - 1}`,
    )
  }
  return axis < 0 ? axis + rank : axis
}

/** Reshapes in row-major order; one axis may be −1 and takes the remaining length. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const rest = shape.reduce((n, d) => (d === -1 ? n : n * d), 1)
  return reshapeTo(
    x,
    shape.map((d) => (d === -1 ? (rest === 0 ? 0 : Math.floor(x.size / rest)) : d)),
  )
}

/** Broadcasts to `shape` by NumPy's rule. */
export const broadcastTo = (x: Tensor, shape: Shape): Tensor => broadcastRight('broadcastTo', x, shape)

/** Permutes axes: result axis a is operand axis perm[a]; default: reversed. */
export function transpose(x: Tensor, perm: readonly number[] = x.shape.map((_, a) => x.ndim - 1 - a)): Tensor {
  const axes = perm.map((a) => axisOf('transpose', a, x.ndim))
  if (new Set(axes).size !== x.ndim || axes.length !== x.ndim) {
    throw new SpikewardError(
      'INVALID_AXIS',
      `transpose of ${printAval(x.aval)}: [${perm.join(', ')}] does not name every axis once`,
    )
  }
  return permute(x, axes)
}

/** Inserts an axis of length 1 at position `axis`. */
export function expandDims(x: Tensor, axis: number): Tensor {
  const at = axisOf('expandDims', axis, x.ndim + 1)
  return reshapeTo(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)])
}

/** Removes axis `axis`, which has length 1; default: all axes of length 1. */
export function squeeze(x: Tensor, axis?: number): Tensor {
  if (axis === undefined)
    return reshapeTo(
      x,
      x.shape.filter((d) => d !== 1),
    )
  const at = axisOf('squeeze', axis, x.ndim)
  return reshapeTo(
    x,
    x.shape.filter((_, a) => a !== at),
  )
}

/** x[starts : limits : steps] on every axis; negative starts and limits count from the end; steps are positive. */
export function slice(
  x: Tensor,
  starts: readonly number[],
  limits: readonly number[],
  steps: readonly number[] = x.shape.map(() => 1),
): Tensor {
  if (
    starts.length !== x.ndim ||
    limits.length !== x.ndim ||
    steps.length !== x.ndim ||
    !steps.every((s) => Number.isInteger(s) && s > 0)
  ) {
    throw new SpikewardError(
      'INVALID_ARGUMENT',
      `slice of ${printAval(x.aval)}: it needs a start, a limit and a positive step for every axis`,
    )
  }
  const clamp = (v: number, d: number): number => Math.max(0, Math.min(d, v < 0 ? v + d : v))
  const from = starts.map((s, a) => clamp(s, x.shape[a]!))
  const lengths = limits.map((l, a) => Math.max(0, Math.ceil((clamp(l, x.shape[a]!) - from[a]!) / steps[a]!)))
  return sliceOf(x, { starts: from, steps, lengths })
}

/** `length` elements along `axis` from `start` on. */
export const partOf = (x: Tensor, axis: number, start: number, length: number): Tensor =>
  sliceOf(x, {
    starts: x.shape.map((_, a) => (a === axis ? start : 0)),
    steps: x.shape.map(() => 1),
    lengths: x.shape.map((d, a) => (a === axis ? length : d)),
  })

/** Reverses the order along `axis`. */
export function flip(x: Tensor, axis: number): Tensor {
  const at = axisOf('flip', axis, x.ndim)
  return sliceOf(x, {
    starts: x.shape.map((d, a) => (a === at ? Math.max(0, d - 1) : 0)),
    steps: x.shape.map((_, a) => (a === at ? -1 : 1)),
    lengths: x.shape,
  })
}

/** Joins tensors along `axis`. */
export function concatenate(xs: readonly Tensor[], axis = 0): Tensor {
  if (xs.length === 0)
    throw new SpikewardError('INVALID_ARGUMENT', 'concatenate: there is no tensor; give at least one')
  return bind(concatenatePrimitive, xs, { axis: axisOf('concatenate', axis, xs[0]!.ndim) })[0]!
}

/** Joins tensors along a new axis. */
export function stack(xs: readonly Tensor[], axis = 0): Tensor {
  const at = axisOf('stack', axis, (xs[0]?.ndim ?? 0) + 1)
  return concatenate(
    xs.map((x) => expandDims(x, at)),
    at,
  )
}

/** Pads with `value`: [before, after] for each axis. */
export function pad(x: Tensor, widths: readonly (readonly [number, number])[], value = 0): Tensor {
  const shape = x.shape.map((d, a) => d + (widths[a]?.[0] ?? 0) + (widths[a]?.[1] ?? 0))
  return embed(x, {
    shape,
    starts: x.shape.map((_, a) => widths[a]?.[0] ?? 0),
    steps: x.shape.map(() => 1),
    fill: value,
  })
}

/** Rows x[index] along axis 0; `index` is i32 or u32 of any shape, and is clamped into range. */
export function take(x: Tensor, index: Tensor): Tensor {
  const rows = gather(x, reshapeTo(index, [sizeOf(index.shape)]))
  return reshapeTo(rows, [...index.shape, ...x.shape.slice(1)])
}
