import type { Aval, Shape } from '../tensor/aval.js'
import type { Expr, KernelBuilder } from '../program/program.js'
import type { SubAxes } from '../graph/subAxes.js'
import { estimateCost } from '../emit/kernelDraft.js'
import type { Destination, Graph, LiteralRef, Op, PointwiseOp, Ref, Value, ValueRef } from '../graph/graph.js'
import type { Routine } from '../routines/routines.js'
import { contiguous, rematerialise, reshapeRef, whole } from '../graph/ref.js'

/** The state of building one graph. */
export interface Flattening {
  readonly graph: Graph
  readonly subAxes: SubAxes
  /** True for fused plans: pointwise scans become kernels, and readers recompute cheap values. */
  readonly fuse: boolean
  /** Whether products may read windows in place. */
  readonly windows: boolean
  readonly ids: { op: number; value: number }
}

/** A value that an equation reads. Readers that can recompute a cheap value turn it into a RematerialisedRef. */
export type Source = LiteralRef | ValueRef

/**
 * A value that reads no memory and has at most this number of nodes is recomputed by every reader instead of loaded.
 */
const CHEAP = 8

/** Makes a value that no op writes yet. */
export const newValue = (f: Flattening, aval: Aval, external: Value['external'] = null): Value => ({
  id: f.ids.value++,
  aval,
  writers: [],
  external,
  alias: null,
})

const identity = (_: KernelBuilder, x: readonly Expr[]): readonly Expr[] => x

/** The reference as a kernel reads it: a cheap value is recomputed. */
export const operand = (f: Flattening, ref: Source): Ref =>
  f.fuse && ref.kind === 'value' ? (rematerialise(ref) ?? ref) : ref

/** Appends a pointwise op and gives references to its results. */
export function pushPointwise(
  f: Flattening,
  name: string,
  shape: Shape,
  ins: readonly Source[],
  outs: readonly Aval[],
  emit: PointwiseOp['emit'],
): ValueRef[] {
  const refs = ins.map((r) => operand(f, r))
  const values = outs.map((a) => newValue(f, a))
  const { nodes, work } = f.fuse ? estimateCost(emit, refs) : { nodes: 0, work: 0 }
  const cheap = f.fuse && nodes <= CHEAP && refs.every((r) => r.kind !== 'value')
  const op: PointwiseOp = {
    kind: 'pointwise',
    id: f.ids.op++,
    name,
    ins: refs,
    outs: values,
    after: [],
    emit,
    shape,
    sink: null,
    cheap,
    work,
  }
  values.forEach((v) => v.writers.push(op))
  f.graph.ops.push(op)
  return values.map(whole)
}

/** Appends a copy of the reference into contiguous memory. */
export const pushCopy = (f: Flattening, ref: Source): ValueRef =>
  pushPointwise(f, 'copy', ref.shape, [ref], [{ shape: ref.shape, dtype: ref.dtype, binary: false }], identity)[0]!

/** Appends a sink, which copies the reference to `to` after all other reads of `overwrites`. */
export function pushSink(
  f: Flattening,
  name: string,
  ref: Source,
  to: Destination,
  options: { overwrites?: Value | null; after?: readonly Op[]; setsUp?: boolean } = {},
): PointwiseOp {
  const op: PointwiseOp = {
    kind: 'pointwise',
    id: f.ids.op++,
    name,
    ins: [operand(f, ref)],
    outs: [],
    after: options.after ?? [],
    emit: identity,
    shape: ref.shape,
    sink: { to, overwrites: options.overwrites ?? null, setsUp: options.setsUp ?? false },
    cheap: false,
    work: 0,
  }
  to.value.writers.push(op)
  f.graph.ops.push(op)
  return op
}

/** All of a value as a destination. */
export const wholeDestination = (value: Value): Destination => ({
  value,
  offset: 0,
  strides: contiguous(value.aval.shape),
  advance: [],
})

/** Reshapes a reference by its strides if they express the reshape, otherwise after a copy. */
export const reshapeSource = (f: Flattening, ref: Source, shape: Shape): Source =>
  reshapeRef(ref, shape) ?? reshapeRef(pushCopy(f, ref), shape)!

/** Appends a routine and gives references to its results. */
export function pushRoutine(
  f: Flattening,
  name: string,
  routine: Routine,
  ins: readonly ValueRef[],
  outs: readonly Aval[],
): ValueRef[] {
  const values = outs.map((a) => newValue(f, a))
  const op: Op = { kind: 'routine', id: f.ids.op++, name, ins, outs: values, after: [], routine }
  values.forEach((v) => v.writers.push(op))
  f.graph.ops.push(op)
  return values.map(whole)
}
