import { type SubAxes, type Placement, resolve } from '../graph/subAxes.js'
import { type Cluster, type LayoutsOf, reducedSubAxes } from './cluster.js'
import type { Op, PointwiseOp, ReduceOp, ScanOp, Value, ValueRef } from '../graph/graph.js'
import { proper, stridesBy, unifyRead } from '../graph/placement.js'
import type { Order } from './scheduleClusters.js'

/** A cluster under construction. */
export interface Group {
  readonly kind: Cluster['kind']
  /** In the order of the graph. */
  ops: readonly Op[]
  scan: ScanOp | null
  reductions: readonly ReduceOp[]
  /** Sinks that overwrite a value which other ops read. */
  overwriting: readonly PointwiseOp[]
  /** The distinct placements of its kernel's operands and results. */
  places: readonly Placement[]
}

/** The state of fusing one graph. */
export interface Fusion {
  readonly subAxes: SubAxes
  readonly layoutsOf: LayoutsOf
  readonly order: Order
  readonly home: Map<Op, Group>
  readonly after: (op: Op) => readonly Op[]
}

/** A group of one op. */
export const singletonGroup = (f: Fusion, op: Op): Group => ({
  kind: op.kind === 'routine' || op.kind === 'loop' ? op.kind : 'kernel',
  ops: [op],
  scan: op.kind === 'scan' ? op : null,
  reductions: op.kind === 'reduce' ? [op] : [],
  overwriting: op.kind === 'pointwise' && op.sink?.overwrites ? [op] : [],
  places: different(f.subAxes, placementsOf(f, op)),
})

/** The group of the ops of both. */
export const union = (f: Fusion, a: Group, b: Group): Group => ({
  kind: a.kind,
  ops: [...a.ops, ...b.ops].sort((x, y) => x.id - y.id),
  scan: a.scan ?? b.scan,
  reductions: [...a.reductions, ...b.reductions],
  overwriting: [...a.overwriting, ...b.overwriting],
  places: different(f.subAxes, [...a.places, ...b.places]),
})

function different(subAxes: SubAxes, places: readonly Placement[]): Placement[] {
  const out = new Map<string, Placement>()
  for (const p of places) {
    const now = p.map((l) => resolve(subAxes, l))
    out.set(now.map((l) => l.join()).join('|'), now)
  }
  return [...out.values()]
}

/** Merges two groups into one kernel, or returns null; the caller then undoes the unifications of sub-axes. */
export function fuse(f: Fusion, a: Group, b: Group): Group | null {
  const { subAxes, layoutsOf } = f
  if (a.scan !== null && b.scan !== null) return null
  const scan = a.scan ?? b.scan
  if (
    !edges(f, a, b).every(({ maker, result, reader, operand }) => {
      if (maker.kind === 'routine' || maker.kind === 'loop' || (maker.kind === 'reduce' && scan === null)) return false
      if (
        result.writers.length !== 1 ||
        !maker.outs.includes(result) ||
        reader.kind === 'routine' ||
        reader.kind === 'loop'
      )
        return false
      const ref = reader.ins[operand] as ValueRef
      return unifyRead(
        subAxes,
        layoutsOf(reader).ins[operand]!,
        ref,
        layoutsOf(maker).outs[maker.outs.indexOf(result)]!,
      )
    })
  )
    return null

  const both = union(f, a, b)
  if (!both.places.every((p) => proper(subAxes, p))) return null
  const mine = spaceOf(f, a),
    yours = spaceOf(f, b)
  const wider = [...yours].some((x) => !mine.has(x)),
    narrower = [...mine].some((x) => !yours.has(x))
  if (wider && narrower) return null
  const rigid = (g: Group): boolean => g.scan !== null || (g.reductions.length > 0 && scan === null)
  if ((wider && rigid(a)) || (narrower && rigid(b))) return null
  const all = wider ? yours : mine
  if ((wider || narrower) && !repeatsLittle(f, both, all)) return null
  if (scan === null ? !reductionsAgree(f, both, all) : !phasesAgree(f, both.ops, resolve(subAxes, [scan.time])[0]!))
    return null
  return both.overwriting.every((sink) => overwritesSafely(f, sink, both, all)) ? both : null
}

interface Edge {
  readonly maker: Op
  readonly result: Value
  readonly reader: Op
  readonly operand: number
}

/** The values that pass between two groups, found from the smaller group. */
function edges(f: Fusion, a: Group, b: Group): Edge[] {
  const [small, large] = a.ops.length < b.ops.length ? [a, b] : [b, a]
  const out: Edge[] = []
  for (const op of small.ops) {
    op.ins.forEach((r, operand) => {
      if (r.kind !== 'value') return
      for (const maker of r.value.writers)
        if (f.home.get(maker) === large) out.push({ maker, result: r.value, reader: op, operand })
    })
    for (const reader of f.after(op)) {
      if (f.home.get(reader) !== large) continue
      reader.ins.forEach((r, operand) => {
        if (r.kind === 'value' && r.value.writers.includes(op))
          out.push({ maker: op, result: r.value, reader, operand })
      })
    }
  }
  return out
}

function placementsOf(f: Fusion, op: Op): readonly Placement[] {
  const { ins, outs } = f.layoutsOf(op)
  return op.kind === 'pointwise'
    ? [ins[0] ?? outs[0]!]
    : op.kind === 'scan'
      ? [...ins, ...outs, ...op.body.places.values()]
      : [...ins, ...outs]
}

/** The sub-axes of a group's kernel. */
export function spaceOf(f: Fusion, g: Group): Set<number> {
  const space = new Set<number>()
  for (const p of g.places) for (const x of resolve(f.subAxes, p.flat())) space.add(x)
  return space
}

/** The largest work for one element that a backend may repeat along axes on which the op does not depend. */
const MAX_REPEATED = { scalar: 64, other: 24 } as const

/**
 * True if the ops that do not depend on all axes are cheap. A backend can hoist scalars easily, but hardly a value that
 * varies along an inner axis and not along an outer one. Such ops have few elements, so a separate kernel costs little.
 */
function repeatsLittle(f: Fusion, { ops, scan }: Group, space: ReadonlySet<number>): boolean {
  const time = scan === null ? -1 : resolve(f.subAxes, [scan.time])[0]!
  const size = [...space].filter((x) => x !== time).length
  const sum = { scalar: 0, other: 0 }
  for (const op of ops) {
    if (op.kind !== 'pointwise') continue
    const own = resolve(f.subAxes, placementsOf(f, op)[0]!.flat()).filter((x) => x !== time).length
    if (own < size) sum[own === 0 ? 'scalar' : 'other'] += op.work
  }
  return sum.scalar <= MAX_REPEATED.scalar && sum.other <= MAX_REPEATED.other
}

/** True if all reductions run over the whole space and reduce the same axes. */
function reductionsAgree(f: Fusion, { reductions }: Group, space: ReadonlySet<number>): boolean {
  const folded = reducedSubAxes(f.subAxes, { ops: reductions }, f.layoutsOf)
  return reductions.every((op) => {
    const own = reducedSubAxes(f.subAxes, { ops: [op] }, f.layoutsOf)
    return own.size === folded.size && resolve(f.subAxes, f.layoutsOf(op).ins[0]!.flat()).length === space.size
  })
}

/**
 * True if, next to a scan, all reductions are sums over time, and no step needs a value that is known after the last
 * step.
 */
function phasesAgree(f: Fusion, ops: readonly Op[], time: number): boolean {
  const late = new Set<Value>()
  for (const op of ops) {
    const readsLate = op.ins.some((r) => r.kind === 'value' && late.has(r.value))
    const { ins, outs } = f.layoutsOf(op)
    if (op.kind === 'scan') {
      if (readsLate) return false
      op.outs.slice(0, op.carries).forEach((v) => late.add(v))
    } else if (op.kind === 'reduce') {
      const own = reducedSubAxes(f.subAxes, { ops: [op] }, f.layoutsOf)
      if (op.op !== 'sum' || readsLate || own.size !== 1 || !own.has(time)) return false
      late.add(op.outs[0]!)
    } else if (readsLate) {
      if (resolve(f.subAxes, (ins[0] ?? outs[0]!).flat()).includes(time)) return false
      op.outs.forEach((v) => late.add(v))
    }
  }
  return true
}

/**
 * True if each point of the kernel reads, of the overwritten value, only the element that the sink writes at that
 * point.
 */
function overwritesSafely(f: Fusion, sink: PointwiseOp, { ops, scan }: Group, space: ReadonlySet<number>): boolean {
  const old = sink.sink!.overwrites!
  const written = stridesBy(f.subAxes, f.layoutsOf(sink).ins[0]!, sink.sink!.to.strides)
  const time = scan === null ? -1 : resolve(f.subAxes, [scan.time])[0]!
  return ops.every((op) =>
    op.ins.every((r, i) => {
      if (r.kind !== 'value' || r.value !== old) return true
      if (r.offset !== 0 || r.advance.some((d) => d !== 0)) return false
      const read = stridesBy(f.subAxes, f.layoutsOf(op).ins[i]!, r.strides)
      return [...space].every((x) => (read.get(x) ?? 0) === (written.get(x) ?? 0) && (x === time || written.get(x)))
    }),
  )
}
