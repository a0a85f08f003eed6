import { reshape } from './reshape.js'
import { type Shape, aval, printAval, sameShape } from '../tensor/aval.js'
import { bind } from '../interpreters/currentInterpreter.js'
import { SpikewardError } from '../errors.js'
import type { BroadcastParams } from '../program/params.js'
import type { Primitive } from '../program/program.js'
import { isZero } from '../program/tangent.js'
import type { Tensor } from '../tensor/tensor.js'

/**
 * y[i] = x[i at `axes`], repeated along the other axes and along operand axes of length 1. Linear; its transpose is a
 * sum.
 */
export const broadcastPrimitive: Primitive<BroadcastParams> = {
  name: 'broadcast',
  shape([x], { shape, axes }) {
    const fits = axes.length === x!.shape.length && x!.shape.every((d, i) => d === 1 || d === shape[axes[i]!])
    if (!fits)
      throw new SpikewardError(
        'SHAPE_MISMATCH',
        `broadcast: ${printAval(x!)} along axes [${axes.join(', ')}] does not fit shape [${shape.join(', ')}]`,
      )
    return [aval(shape, x!.dtype, x!.binary)]
  },
  jvp: ([x], [dx], p) => [
    bind(broadcastPrimitive, [x!], p),
    isZero(dx!) ? [{ zero: aval(p.shape, x!.dtype) }] : bind(broadcastPrimitive, [dx!], p),
  ],
  series: 'linear',
  transpose([ct], [x], { shape, axes }) {
    if ('known' in x!) return [null]
    if (isZero(ct!)) return [{ zero: x!.linear }]
    const original = x!.linear.shape
    const folded = shape.map((_, a) => a).filter((a) => !axes.includes(a) || original[axes.indexOf(a)] !== shape[a])
    const summed = reduceSum(ct!, folded)
    return [sameShape(summed.shape, original) ? summed : reshape(summed, original)]
  },
  batch(size, [x], _dims, { shape, axes }) {
    return [[broadcast(x!, [size, ...shape], [0, ...axes.map((a) => a + 1)])], [0]]
  },
  lower: {
    kind: 'view',
    view: (x, { shape, axes }) => ({
      axes: x.shape.map((d, i) =>
        d === 1 && shape[axes[i]!] !== 1 ? { from: null, start: 0, step: 0 } : { from: axes[i]!, start: 0, step: 1 },
      ),
    }),
  },
}

/** {@link broadcastPrimitive} as a function; returns `x` if nothing changes. */
export function broadcast(x: Tensor, shape: Shape, axes: readonly number[]): Tensor {
  if (sameShape(x.shape, shape) && axes.every((a, i) => a === i)) return x
  return bind(broadcastPrimitive, [x], { shape, axes })[0]!
}

/** Parameters of a reduction: the reduced axes, which the result lacks. */
export interface ReduceParams {
  readonly axes: readonly number[]
}

/** Shape without `axes`. */
export const withoutAxes = (shape: Shape, axes: readonly number[]): Shape => shape.filter((_, a) => !axes.includes(a))

/** y = Σ over `axes` of x. Linear; its transpose is a broadcast. */
export const sumPrimitive: Primitive<ReduceParams> = {
  name: 'sum',
  shape: ([x], { axes }) => [aval(withoutAxes(x!.shape, axes), x!.dtype, false)],
  jvp: ([x], [dx], p) => [
    bind(sumPrimitive, [x!], p),
    isZero(dx!) ? [{ zero: aval(withoutAxes(x!.shape, p.axes), x!.dtype) }] : bind(sumPrimitive, [dx!], p),
  ],
  series: 'linear',
  transpose([ct], [x], { axes }) {
    if ('known' in x!) return [null]
    if (isZero(ct!)) return [{ zero: x!.linear }]
    const { shape } = x!.linear
    return [
      broadcast(
        ct!,
        shape,
        shape.map((_, a) => a).filter((a) => !axes.includes(a)),
      ),
    ]
  },
  batch: (_size, [x], _dims, { axes }) => [bind(sumPrimitive, [x!], { axes: axes.map((a) => a + 1) }), [0]],
  lower: { kind: 'reduce', op: 'sum', axes: (p) => p.axes },
}

/** {@link sumPrimitive} over `axes` (ascending) as a function; returns `x` if there are none. */
export const reduceSum = (x: Tensor, axes: readonly number[]): Tensor =>
  axes.length === 0 ? x : bind(sumPrimitive, [x], { axes })[0]!

/** The value with the batch as its first axis; a value that does not depend on the batch is broadcast. */
export const withBatchAxis = (x: Tensor, dim: 0 | null, size: number): Tensor =>
  dim === 0
    ? x
    : broadcast(
        x,
        [size, ...x.shape],
        x.shape.map((_, a) => a + 1),
      )
