import type { Aval, Shape } from '../tensor/aval.js'
import type { Expr, KernelBuilder } from '../program/kernelBuilder.js'
import type { SubAxes } from '../graph/subAxes.js'
import { weigh } from '../emit/kernelDraft.js'
import type { Destination, Graph, LiteralRef, Op, PointwiseOp, Ref, Value, ValueRef } from '../graph/graph.js'
import type { Routine } from '../plan/plan.js'
import { contiguous, recipeRef, reshapeRef, whole } from '../graph/ref.js'

/** What the flattening of one graph carries along. */
export interface Flattening {
  readonly graph: Graph
  readonly subAxes: SubAxes
  /** Fused plans: pointwise scans become kernels, cheap values are computed by their readers. */
  readonly fuse: boolean
  readonly ids: { op: number; value: number }
}

/** A value that an equation reads: cheap ones are turned into recipes only by those readers that can compute them. */
export type Source = LiteralRef | ValueRef

/** Nodes up to which a value that depends on no memory is computed by every reader instead of being stored. */
const CHEAP = 8

export const newValue = (f: Flattening, aval: Aval, external: Value['external'] = null): Value => ({
  id: f.ids.value++,
  aval,
  writers: [],
  external,
  place: null,
})

const identity = (_: KernelBuilder, x: readonly Expr[]): readonly Expr[] => x

/** What a kernel reads: a recipe where the value is cheap. */
export const operand = (f: Flattening, ref: Source): Ref =>
  f.fuse && ref.kind === 'value' ? (recipeRef(ref) ?? ref) : ref

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
  const { nodes, work } = f.fuse ? weigh(emit, refs) : { nodes: 0, work: 0 }
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

/** Copies what the reference reads into contiguous memory. */
export const pushCopy = (f: Flattening, ref: Source): ValueRef =>
  pushPointwise(f, 'copy', ref.shape, [ref], [{ shape: ref.shape, dtype: ref.dtype, binary: false }], identity)[0]!

/** Writes what the reference reads to `to`, after all other reads of `overwrites`. */
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

export const wholeDestination = (value: Value): Destination => ({
  value,
  offset: 0,
  strides: contiguous(value.aval.shape),
  advance: [],
})

/** A reshape: free where strides can say it, else after a copy. */
export const reshapeSource = (f: Flattening, ref: Source, shape: Shape): Source =>
  reshapeRef(ref, shape) ?? reshapeRef(pushCopy(f, ref), shape)!

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
