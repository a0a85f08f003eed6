import type { DType } from './dtype.js'

/** Lengths of the axes, row-major. `[]` is a scalar. */
export type Shape = readonly number[]

/**
 * Abstract value: shape, element type and whether all elements are known to be 0 or 1. Products with a `binary` value
 * (a spike train) can run event-driven.
 */
export interface Aval {
  readonly shape: Shape
  readonly dtype: DType
  readonly binary: boolean
}

/** Makes an abstract value. */
export const aval = (shape: Shape, dtype: DType = 'f32', binary = dtype === 'bool'): Aval => ({ shape, dtype, binary })

/** Number of elements of a shape: the product of its axes, 1 for a scalar. */
export const sizeOf = (shape: Shape): number => shape.reduce((n, d) => n * d, 1)

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1)
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!
  return strides
}

/** True if two shapes have the same axes. */
export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((d, i) => d === b[i])

/** Prints an abstract value as `f32[2,3]`, with a trailing `*` where it is binary. */
export const printAval = (a: Aval): string =>
  `${a.dtype}[${a.shape.join(',')}]${a.binary && a.dtype !== 'bool' ? '*' : ''}`
