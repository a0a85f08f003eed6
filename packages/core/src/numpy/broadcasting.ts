import { type Shape, aval, printAval, sameShape } from '../tensor/aval.js'
import type { DType } from '../tensor/dtype.js'
import { SpikewardError } from '../errors.js'
import { describeValue } from '../options/describeValue.js'
import { broadcast } from '../primitives/broadcast.js'
import { type TensorLike, LiteralTensor, Tensor } from '../tensor/tensor.js'

/**
 * The broadcast shape by NumPy's rule: aligned at the right, axes must be equal or 1. Throws SHAPE_MISMATCH, which
 * names the shapes and the operation.
 */
export function broadcastShapes(name: string, shapes: readonly Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length))
  return Array.from({ length: rank }, (_, i) => {
    let length = 1
    for (const s of shapes) {
      const d = s[s.length - rank + i] ?? 1
      if (d !== 1 && length !== 1 && d !== length) {
        const all = shapes.map((x) => `[${x.join(', ')}]`).join(' and ')
        throw new SpikewardError(
          'SHAPE_MISMATCH',
          `${name}: shapes ${all} do not broadcast: axis ${i} is ${length} and ${d}; aligned at the right, axes must be equal or 1`,
        )
      }
      if (d !== 1) length = d
    }
    return length
  })
}

/** Broadcasts `x` to `shape`. */
export function broadcastRight(name: string, x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x
  const full = broadcastShapes(name, [x.shape, shape])
  if (!sameShape(full, shape)) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `${name}: ${printAval(x.aval)} does not broadcast to [${shape.join(', ')}]; an axis must have the same length, or length 1`,
    )
  }
  return broadcast(
    x,
    shape,
    x.shape.map((_, i) => shape.length - x.ndim + i),
  )
}

/** A number as a scalar of `dtype`. */
export const scalar = (value: number | boolean, dtype: DType): Tensor =>
  new LiteralTensor(aval([], dtype, Number(value) === 0 || Number(value) === 1), Number(value))

/** The error for an operand or an element that plain JavaScript gave and that is no number. */
export function notNumber(what: string, value: unknown): SpikewardError {
  const remedy =
    Array.isArray(value) || ArrayBuffer.isView(value)
      ? 'make one tensor of it: tensor(data), or tensor(flat, { shape })'
      : 'give numbers, booleans or tensors'
  return new SpikewardError(
    'INVALID_ARGUMENT',
    `${what}: ${describeValue(value)} where a number is expected; ${remedy}`,
  )
}

/** A tensor from a tensor or a number, the operand of `name`; a number takes `dtype`. */
export function asTensor(x: TensorLike, dtype: DType | undefined, name: string): Tensor {
  if (x instanceof Tensor) return x
  if (typeof x !== 'number' && typeof x !== 'boolean') throw notNumber(name, x)
  return scalar(x, typeof x === 'boolean' ? 'bool' : (dtype ?? 'f32'))
}

/**
 * Aligns the operands of one operation: numbers take the element type of the tensors, and tensors are broadcast to one
 * shape (numbers stay scalars).
 */
export function alignOperands(name: string, xs: readonly TensorLike[]): Tensor[] {
  const like =
    xs.find((x): x is Tensor => x instanceof Tensor && !(x instanceof LiteralTensor)) ??
    xs.find((x): x is Tensor => x instanceof Tensor)
  const tensors = xs.map((x) => asTensor(x, like?.dtype, name))
  const shape = broadcastShapes(
    name,
    tensors.map((t) => t.shape),
  )
  return tensors.map((t) => (t instanceof LiteralTensor ? t : broadcastRight(name, t, shape)))
}
