import { type Aval, sameShape, sizeOf, stridesOf } from '../tensor/aval.js'
import { SpikewardError, unreachable } from '../errors.js'
import type { DotParams, ScanParams } from '../program/params.js'
import { type Atom, type Equation, type Program, type Var, isLiteral } from '../program/program.js'
import { lowerDot } from './lowerDot.js'
import { type Graph, type LoopOp, type Op, type Value, type ValueRef, readsOf } from '../graph/graph.js'
import { contiguous, isPacked, reshapeRef, sliceRef, viewRef, whole } from '../graph/ref.js'
import { analyseScan } from './analyseScan.js'
import {
  newValue,
  operand,
  pushCopy,
  pushPointwise,
  pushRoutine,
  pushSink,
  reshapeSource,
  wholeDestination,
  type Flattening,
  type Source,
} from './flattening.js'

/** Appends the ops of a program with the given inputs to the graph, and returns the references of its outputs. */
export function flatten(f: Flattening, program: Program, inputs: readonly Source[]): Source[] {
  const env = new Map<Var, Source>()
  const look = (a: Atom): Source => {
    if (isLiteral(a)) return { kind: 'literal', dtype: a.aval.dtype, shape: a.aval.shape, value: a.literal }
    const ref = env.get(a)
    if (ref === undefined)
      throw new SpikewardError('INTERNAL', `variable ${a.id} is read before it is computed; this is a bug in Spikeward`)
    return ref
  }
  program.inputs.forEach((v, i) => env.set(v, inputs[i]!))
  for (const eq of program.equations) {
    const outs = equation(f, eq, eq.inputs.map(look))
    eq.outputs.forEach((v, i) => env.set(v, outs[i]!))
  }
  return program.outputs.map(look)
}

function equation(f: Flattening, eq: Equation, ins: readonly Source[]): Source[] {
  const { lower, name } = eq.primitive
  const inAvals = eq.inputs.map((a) => a.aval),
    outAvals = eq.outputs.map((v) => v.aval)
  switch (lower.kind) {
    case 'pointwise': {
      const shape = outAvals[0]!.shape
      // Scalars broadcast to any shape.
      const spread = ins.map(
        (r): Source =>
          r.kind === 'literal'
            ? { ...r, shape }
            : r.shape.length === shape.length
              ? r
              : { ...r, shape, strides: shape.map(() => 0) },
      )
      return pushPointwise(f, name, shape, spread, outAvals, (k, x) => lower.emit(k, x, eq.params, outAvals, inAvals))
    }
    case 'view':
      return [viewRef(ins[0]!, lower.view(inAvals[0]!, eq.params), outAvals[0]!.shape)]
    case 'reshape':
      return [reshapeSource(f, ins[0]!, outAvals[0]!.shape)]
    case 'reduce': {
      const axes = [...lower.axes(eq.params)].sort((a, b) => a - b)
      if (axes.length === 0) return [ins[0]!]
      const value = newValue(f, outAvals[0]!)
      const op: Op = {
        kind: 'reduce',
        id: f.ids.op++,
        name,
        ins: [operand(f, ins[0]!)],
        outs: [value],
        after: [],
        op: lower.op,
        axes,
      }
      value.writers.push(op)
      f.graph.ops.push(op)
      // If the primitive keeps the reduced axes, the result differs from the kernel's by axes of length 1.
      return [whole(value)]
    }
    case 'assemble': {
      const { fill, regions } = lower.regions(inAvals, eq.params)
      const only = regions.length === 1 ? regions[0]! : null
      // A region of the result's own shape covers it: the operand itself, or backwards along some axes.
      if (only !== null && sameShape(inAvals[only.operand]!.shape, outAvals[0]!.shape)) {
        const axes = only.step.map((step, from) => ({ from, start: only.start[from]!, step }))
        return [viewRef(ins[only.operand]!, { axes }, outAvals[0]!.shape)]
      }
      const value = newValue(f, outAvals[0]!)
      const strides = stridesOf(value.aval.shape)
      const covered = regions.reduce((n, r) => n + sizeOf(inAvals[r.operand]!.shape), 0)
      const first =
        fill !== null && covered < sizeOf(value.aval.shape)
          ? [
              pushSink(
                f,
                `${name}.fill`,
                { kind: 'literal', dtype: value.aval.dtype, shape: value.aval.shape, value: fill },
                wholeDestination(value),
              ),
            ]
          : []
      for (const r of regions) {
        const ref = ins[r.operand]!
        pushSink(
          f,
          name,
          ref,
          {
            value,
            offset: r.start.reduce((n, s, a) => n + s * strides[a]!, 0),
            strides: r.step.map((s, a) => (ref.shape[a] === 1 ? 0 : s * strides[a]!)),
            advance: [],
          },
          { after: first },
        )
      }
      return [whole(value)]
    }
    case 'dot':
      return [lowerDot(f, name, ins[0]!, ins[1]!, inAvals, outAvals[0]!, eq.params as DotParams)]
    case 'routine': {
      const packed = ins.map((r) => (r.kind === 'value' && isPacked(r) ? r : pushCopy(f, r)))
      return pushRoutine(f, name, lower.make(inAvals, outAvals, eq.params), packed, outAvals)
    }
    case 'scan':
      return scan(f, name, eq.params as ScanParams, ins, outAvals)
    case 'inline':
      return flatten(f, lower.program(eq.params), ins)
    case 'composite':
      return flatten(f, lower.program(inAvals, eq.params), ins)
    default:
      return unreachable(lower)
  }
}

function scan(f: Flattening, name: string, p: ScanParams, ins: readonly Source[], outs: readonly Aval[]): Source[] {
  const { constants: nc, carries: nk } = p
  const constants = ins.slice(0, nc),
    inits = ins.slice(nc, nc + nk),
    xs = ins.slice(nc + nk)
  const carryAvals = outs.slice(0, nk),
    ysAvals = outs.slice(nk)
  // A literal that initialises a carry has the carry's shape.
  const starts = inits.map((r, i): Source => (r.kind === 'literal' ? { ...r, shape: carryAvals[i]!.shape } : r))
  if (p.length === 0) {
    return [...starts, ...ysAvals.map((a): Source => ({ kind: 'literal', dtype: a.dtype, shape: a.shape, value: 0 }))]
  }
  if (p.length === 1) {
    const slices = xs
      .map((r, i) => sliceRef(r, p.xsAxes[i]!, 1, false, 0))
      .map((r): Source => (r.kind === 'literal' ? r : trimAdvance(r)))
    const results = flatten(f, p.body, [...constants, ...starts, ...slices])
    return results.map(
      (r, i) => reshapeRef(r.kind === 'literal' ? { ...r, shape: p.body.outputs[i]!.aval.shape } : r, outs[i]!.shape)!,
    )
  }
  if (f.fuse) {
    const fused = analyseScan(
      f,
      flatten,
      p,
      [...constants, ...starts, ...xs].map((r) => operand(f, r)),
      outs,
    )
    if (fused !== null) {
      const values = outs.map((a) => newValue(f, a))
      const op: Op = { ...fused, kind: 'scan', id: f.ids.op++, name, outs: values, after: [] }
      values.forEach((v) => v.writers.push(op))
      f.graph.ops.push(op)
      return values.map(whole)
    }
  }
  return loop(f, name, p, constants, starts, xs, carryAvals, ysAvals)
}

const trimAdvance = (r: ValueRef): ValueRef => {
  const advance = [...r.advance]
  while (advance.length > 0 && advance[advance.length - 1] === 0) advance.pop()
  return { ...r, advance }
}

function loop(
  f: Flattening,
  name: string,
  p: ScanParams,
  constants: readonly Source[],
  inits: readonly Source[],
  xs: readonly Source[],
  carryAvals: readonly Aval[],
  ysAvals: readonly Aval[],
): Source[] {
  const { body, constants: nc, carries: nk, length, reverse } = p
  const depth = f.graph.depth
  // A carry that the body returns unchanged is a constant.
  const isConstant = inits.map((_, i) => body.outputs[i] === body.inputs[nc + i])
  const carries = carryAvals.map((a) => newValue(f, a))
  inits.forEach((r, i) => {
    if (!isConstant[i]) pushSink(f, `${name}.init`, r, wholeDestination(carries[i]!), { setsUp: true })
  })
  const inner: Flattening = { ...f, graph: { ops: [], depth: depth + 1 } }
  const ys = ysAvals.map((a) => newValue(f, a))
  const outs = flatten(inner, body, [
    ...constants,
    ...carries.map((c, i) => (isConstant[i] ? inits[i]! : whole(c))),
    ...xs.map((r, i) => sliceRef(r, p.xsAxes[i]!, length, reverse, depth)),
  ]).map((r, i): Source => (r.kind === 'literal' ? { ...r, shape: body.outputs[i]!.aval.shape } : r))
  ys.forEach((y, j) => {
    const axis = p.ysAxes[j]!,
      s = stridesOf(y.aval.shape)[axis]!
    const advance = new Array<number>(depth + 1).fill(0)
    advance[depth] = reverse ? -s : s
    pushSink(inner, `${name}.y`, outs[nk + j]!, {
      value: y,
      offset: reverse ? (length - 1) * s : 0,
      strides: contiguous(y.aval.shape).filter((_, a) => a !== axis),
      advance,
    })
  })
  // A next carry that is the old value of a carry is copied first, so that all reads come before all writes.
  const next = outs
    .slice(0, nk)
    .map((r, i) => (!isConstant[i] && r.kind === 'value' && carries.includes(r.value) ? pushCopy(inner, r) : r))
  next.forEach((r, i) => {
    if (!isConstant[i]) pushSink(inner, `${name}.next`, r, wholeDestination(carries[i]!), { overwrites: carries[i]! })
  })
  const op: LoopOp = {
    kind: 'loop',
    id: f.ids.op++,
    name,
    ins: [],
    after: [],
    length,
    body: inner.graph,
    outs: [...carries.filter((_, i) => !isConstant[i]), ...ys],
    reads: outerReads(
      inner.graph,
      carries.filter((_, i) => !isConstant[i]),
    ),
  }
  // Outside the loop, the loop is the writer; inside, its sinks are.
  for (const v of op.outs) {
    v.writers.splice(0, v.writers.length, ...v.writers.filter((w) => !inner.graph.ops.includes(w)), op)
  }
  f.graph.ops.push(op)
  return [...carries.map((c, i) => (isConstant[i] ? inits[i]! : whole(c))), ...ys.map(whole)]
}

/** The values that the graph reads but does not compute, and its carries. */
function outerReads(graph: Graph, carries: readonly Value[]): Value[] {
  const inner = new Set<Value>()
  const read = new Set<Value>(carries)
  for (const op of graph.ops) {
    for (const v of readsOf(op)) if (!inner.has(v)) read.add(v)
    for (const v of op.outs) inner.add(v)
    if (op.kind === 'pointwise' && op.sink !== null && !carries.includes(op.sink.to.value)) inner.add(op.sink.to.value)
  }
  return [...read]
}
