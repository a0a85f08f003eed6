import { type Aval, type Shape, aval, printAval, sameShape } from '../../tensor/aval.js'
import { bind } from '../../interpreters/currentInterpreter.js'
import { type DType, isFloat } from '../../tensor/dtype.js'
import { SpikewardError } from '../../errors.js'
import type { Expr, KernelBuilder, PointwiseName, Primitive, TransposeRule } from '../../program/program.js'
import { type SeriesRule, type Tangent, isZero } from '../../program/tangent.js'
import { type Tensor, LiteralTensor } from '../../tensor/tensor.js'
import { broadcast } from '../broadcast.js'

/** The rules in which pointwise primitives differ; `pointwise` adds those that are the same for all. */
export interface PointwiseSpec<P> {
  readonly name: PointwiseName
  /** Element type of the results from those of the operands; throws DTYPE_MISMATCH. */
  dtype(ins: readonly Aval[], p: P): DType
  /** Whether the result of these operands is known to be 0 or 1. Default: true for bool, else false. */
  binary?(ins: readonly Aval[], p: P): boolean
  /** Number of results; default 1. */
  readonly results?: number
  /** Tangent of the (single) result; at least one tangent is not Zero. Null: the derivative is zero everywhere. */
  readonly tangent: ((x: readonly Tensor[], dx: readonly Tangent[], y: Tensor, p: P) => Tangent) | null
  readonly transpose: TransposeRule<P> | 'nonlinear'
  /** Default: `derived`, or `constant` without a tangent. */
  readonly series?: SeriesRule<P>
  emit(k: KernelBuilder, x: readonly Expr[], p: P, outs: readonly Aval[], ins: readonly Aval[]): readonly Expr[]
}

/** Symbolic zero of the shape of `x`. */
export const zeroOf = (x: Tensor | Aval): Tangent => ({ zero: 'aval' in x ? x.aval : x })

/** A number as an operand with the element type of `like`. */
export const literal = (like: Tensor, value: number): Tensor =>
  new LiteralTensor(aval([], like.dtype, value === 0 || value === 1), value)

/** A tensor of zeros of a given abstract value; it takes no memory until it is used. */
export const zerosOf = (a: Aval): Tensor => broadcast(new LiteralTensor(aval([], a.dtype), 0), a.shape, [])

/** The tangent as a tensor: a Zero becomes zeros. */
export const instantiate = (t: Tangent): Tensor => (isZero(t) ? zerosOf(t.zero) : t)

function resultShape(name: string, ins: readonly Aval[]): Shape {
  const shape = ins.find((a) => a.shape.length > 0)?.shape ?? []
  for (const a of ins) {
    if (a.shape.length > 0 && !sameShape(a.shape, shape)) {
      throw new SpikewardError(
        'SHAPE_MISMATCH',
        `${name}: operands ${ins.map(printAval).join(' and ')} differ in shape; broadcast them first`,
      )
    }
  }
  return shape
}

/**
 * Makes a primitive that works element by element: results have the shape of the operands, which may also be scalars.
 */
export function pointwise<P>(spec: PointwiseSpec<P>): Primitive<P> {
  const results = spec.results ?? 1
  const self: Primitive<P> = {
    name: spec.name,
    shape(ins, p) {
      const dtype = spec.dtype(ins, p)
      const out = aval(resultShape(spec.name, ins), dtype, dtype === 'bool' || (spec.binary?.(ins, p) ?? false))
      return new Array<Aval>(results).fill(out)
    },
    jvp(x, dx, p) {
      const y = bind(self, x, p)
      if (spec.tangent === null || !isFloat(y[0]!.dtype)) return [y, y.map(zeroOf)]
      return [y, [spec.tangent(x, dx, y[0]!, p)]]
    },
    series: spec.series ?? (spec.tangent === null ? 'constant' : 'derived'),
    transpose: spec.transpose,
    batch(size, x, dims, p) {
      const rank = Math.max(...x.map((t, i) => t.ndim - (dims[i] === 0 ? 1 : 0)))
      const shape = [
        size,
        ...(x.find((t, i) => dims[i] === 0 && t.ndim === rank + 1)?.shape.slice(1) ??
          x.find((t) => t.ndim === rank)!.shape),
      ]
      const aligned = x.map((t, i) => {
        if (dims[i] === 0) return t.ndim === rank + 1 ? t : broadcast(t, shape, [0])
        if (t instanceof LiteralTensor) return t
        return broadcast(t, shape, t.ndim === 0 ? [] : t.shape.map((_, a) => a + 1))
      })
      const y = bind(self, aligned, p)
      return [y, y.map(() => 0 as const)]
    },
    lower: {
      kind: 'pointwise',
      name: spec.name,
      emit: (k, x, p, outs, ins) => spec.emit(k, x, p, outs, ins),
    },
  }
  return self
}

/** The common element type of two operands. Throws DTYPE_MISMATCH naming both. */
export function sameDType(name: string, ins: readonly Aval[]): DType {
  const [first, ...rest] = ins
  for (const a of rest) {
    if (a.dtype !== first!.dtype) {
      throw new SpikewardError(
        'DTYPE_MISMATCH',
        `${name}: ${ins.map(printAval).join(' and ')} differ in element type; cast() one of them`,
      )
    }
  }
  return first!.dtype
}

/** The common element type, which must be f32 or f64. Throws DTYPE_MISMATCH. */
export function floatDType(name: string, ins: readonly Aval[]): DType {
  const dtype = sameDType(name, ins)
  if (!isFloat(dtype))
    throw new SpikewardError(
      'DTYPE_MISMATCH',
      `${name} of ${printAval(ins[0]!)}: needs f32 or f64; cast(x, 'f32') first`,
    )
  return dtype
}
