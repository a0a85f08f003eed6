import type { DType } from '../tensor/dtype.js'
import type { ScalarOp } from './operations.js'

/**
 * A kernel is one loop nest: for every point of `space` it evaluates a small graph of scalar nodes and stores some of
 * them. Backends compile it; the reference backend interprets it.
 *
 *     for every point p of space                     (the axis `time`, if any, innermost and in order)
 *       before:  nodes that depend neither on the time axis nor on a carry
 *       each:    for t = 0 … T−1: nodes of that step; carry_i ← next_i all at once, after the step's nodes
 *       after:   nodes that depend on a `final` (a carry's value after the last step)
 *
 * Stores that name a reduction reduce over the axes in `reduce`; such a kernel has no time axis.
 */
export interface Kernel {
  /** A name for human readers in profiles and generated source. */
  readonly name: string
  /** Lengths of the iteration axes. `[]` is a single point. */
  readonly space: readonly number[]
  /** Index in `space` of the axis that runs in order and carries state, or null. */
  readonly time: number | null
  /** Axes of `space` that stores reduce over, ascending; empty without a reduction. */
  readonly reduce: readonly number[]
  /**
   * Operand i is read through access i by `load` nodes. Accesses may overlap; no load aliases a store unless the two
   * accesses are equal.
   */
  readonly loads: readonly Access[]
  /** In evaluation order: the arguments of a node come before it. */
  readonly nodes: readonly KernelNode[]
  /** State that stays in registers through the time loop. */
  readonly carries: readonly Carry[]
  readonly stores: readonly Store[]
}

/**
 * Element address: offset + Σ strides[a] · p[a], in elements, one stride for every axis of the kernel's space (0:
 * invariant; may be negative).
 */
export interface Access {
  readonly dtype: DType
  readonly offset: number
  readonly strides: readonly number[]
}

/** `init` is a `before` node, `next` may be any node. */
export interface Carry {
  readonly dtype: DType
  readonly init: number
  readonly next: number
}

/**
 * Writes node `node`. `when`: `each` writes at every time step (the stride of the time axis may be 0 when T is 1),
 * `once` writes outside the time loop (a `before` or an `after` node). With `reduce`, the value is reduced over the
 * kernel's reduce axes, whose strides are 0 here. A zero stride on another axis means that the value is the same along
 * it. `sum` starts at 0, `max` at −∞, `min` at +∞ (integers: their least and greatest value).
 */
export interface Store extends Access {
  readonly node: number
  readonly when: 'each' | 'once'
  readonly reduce: 'sum' | 'max' | 'min' | null
}

/**
 * A scalar node. `dtype` is that of its result. `index` is the coordinate along a space axis; `carry` the state at the
 * start of a step; `final` the state after the last.
 */
export type KernelNode =
  | { readonly op: 'const'; readonly dtype: DType; readonly value: number }
  | { readonly op: 'load'; readonly dtype: DType; readonly operand: number }
  | { readonly op: 'index'; readonly dtype: DType; readonly axis: number }
  | { readonly op: 'carry' | 'final'; readonly dtype: DType; readonly carry: number }
  | { readonly op: ScalarOp; readonly dtype: DType; readonly args: readonly number[] }

/**
 * The lowest and the highest element that an access reaches over a space, relative to its operand. The space has at
 * least one point.
 */
export function accessRange(
  { offset, strides }: Pick<Access, 'offset' | 'strides'>,
  space: readonly number[],
): { readonly low: number; readonly high: number } {
  let low = offset
  let high = offset
  for (const [axis, length] of space.entries()) {
    const reach = strides[axis]! * (length - 1)
    if (reach < 0) low += reach
    else high += reach
  }
  return { low, high }
}
