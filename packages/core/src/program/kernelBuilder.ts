import type { BinaryOp, UnaryOp } from '../plan/operations.js'
import type { DType } from '../tensor/dtype.js'

/** A scalar value inside a kernel under construction. */
export type Expr = number

/** Builds the nodes of a kernel. Equal nodes are shared. */
export interface KernelBuilder {
  constant(dtype: DType, value: number): Expr
  /** Coordinate along axis `axis` of the value's shape (not of the kernel's space). */
  index(dtype: DType, axis: number): Expr
  unary(op: UnaryOp, dtype: DType, x: Expr): Expr
  binary(op: BinaryOp, dtype: DType, x: Expr, y: Expr): Expr
  select(dtype: DType, condition: Expr, x: Expr, y: Expr): Expr
}
