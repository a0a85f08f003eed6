import type { Aval } from '../tensor/aval.js'
import type { ScanParams } from '../program/params.js'
import type { Program } from '../program/program.js'
import { type Placement, freshPlacement, newSubAxis } from '../graph/subAxes.js'
import { newValue, type Flattening, type Source } from './flattening.js'
import type { PointwiseOp, Ref, ScanOp, Value } from '../graph/graph.js'
import { align, proper, unifyRead } from '../graph/placement.js'
import { rematerialise, whole } from '../graph/ref.js'

/** Appends a program to a graph and returns the references of its outputs. */
type Flatten = (f: Flattening, program: Program, inputs: readonly Source[]) => readonly Source[]

/** Turns a scan into one op that becomes one kernel; null if its body is not pointwise in one space. */
export function analyseScan(
  f: Flattening,
  flatten: Flatten,
  p: ScanParams,
  ins: readonly Ref[],
  outs: readonly Aval[],
): Omit<ScanOp, 'kind' | 'id' | 'name' | 'outs' | 'after'> | null {
  const { constants: nc, carries: nk, body } = p
  if (outs.some((a) => a.shape.includes(0)) || ins.some((r) => r.shape.includes(0))) return null
  const inner: Flattening = { ...f, graph: { ops: [], depth: 0 }, ids: { op: 0, value: f.ids.value } }
  const inputs = body.inputs.map((v, i) =>
    ins[i]!.kind === 'literal' && (i < nc || i >= nc + nk) ? null : newValue(inner, v.aval),
  )
  const results = flatten(
    inner,
    body,
    inputs.map(
      (v, i): Source =>
        v === null
          ? {
              kind: 'literal',
              dtype: ins[i]!.dtype,
              shape: body.inputs[i]!.aval.shape,
              value: (ins[i] as { value: number }).value,
            }
          : whole(v),
    ),
  )
  const ops: PointwiseOp[] = []
  for (const op of inner.graph.ops) {
    if (op.kind !== 'pointwise' || op.sink !== null) return null
    ops.push(op)
  }
  const outputs = results.map((r): Ref => (r.kind === 'value' ? (rematerialise(r) ?? r) : r))
  const used = usedOps(ops, outputs)
  f.ids.value = inner.ids.value

  const { subAxes } = f
  const time = newSubAxis(subAxes, p.length)
  subAxes.whole.add(time)
  const placements = new Map<Value, Placement>()
  const places = new Map<PointwiseOp, Placement>()
  inputs.forEach((v) => {
    if (v !== null) placements.set(v, freshPlacement(subAxes, v.aval.shape))
  })
  const read = (reader: Placement, ref: Ref): boolean =>
    ref.kind !== 'value' || unifyRead(subAxes, reader, ref, placements.get(ref.value)!)
  for (const op of used) {
    const place = freshPlacement(subAxes, op.shape)
    if (!op.ins.every((r) => read(place, r))) return null
    places.set(op, place)
    op.outs.forEach((v) => placements.set(v, place))
  }
  const own = body.inputs.map((v, i) => {
    const value = inputs[i]
    return value ? placements.get(value)! : v.aval.shape.map(() => [])
  })
  const ys = outputs.slice(nk).map((_, j) => freshPlacement(subAxes, body.outputs[nk + j]!.aval.shape))
  for (let i = 0; i < outputs.length; i++) {
    if (!read(i < nk ? own[nc + i]! : ys[i - nk]!, outputs[i]!)) return null
  }
  const all = [...places.values(), ...own, ...ys]
  if (!align(subAxes, all)) return null
  if (!all.every((q) => proper(subAxes, q))) return null
  const insert = (q: Placement, axis: number): Placement => [...q.slice(0, axis), [time], ...q.slice(axis)]
  return {
    ins,
    length: p.length,
    reverse: p.reverse,
    constants: nc,
    carries: nk,
    time,
    body: {
      ops: used,
      inputs,
      outputs,
      places,
      ins: own.map((q, i) => (i < nc + nk ? q : insert(q, p.xsAxes[i - nc - nk]!))),
      outs: [...own.slice(nc, nc + nk), ...ys.map((q, j) => insert(q, p.ysAxes[j]!))],
    },
  }
}

/** The ops that the outputs depend on. */
function usedOps(ops: readonly PointwiseOp[], outputs: readonly Ref[]): PointwiseOp[] {
  const used = new Set<Value>()
  const use = (r: Ref): void => {
    if (r.kind === 'value') used.add(r.value)
  }
  outputs.forEach(use)
  const list: PointwiseOp[] = []
  for (const op of [...ops].reverse()) {
    if (!op.outs.some((v) => used.has(v))) continue
    op.ins.forEach(use)
    list.push(op)
  }
  return list.reverse()
}
