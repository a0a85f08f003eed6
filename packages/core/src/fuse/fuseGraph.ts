import { sameShape, sizeOf } from '../tensor/aval.js'
import { bytesOf } from '../tensor/dtype.js'
import { type SubAxes, mark, undo } from '../graph/subAxes.js'
import type { Cluster, LayoutsOf } from './cluster.js'
import { type Fusion, type Group, fuse, singletonGroup, spaceOf, union } from './fusible.js'
import type { Graph, Op, PointwiseOp, Ref, Value, ValueRef } from '../graph/graph.js'
import { unifyRead } from '../graph/placement.js'
import { contiguous, isWhole } from '../graph/ref.js'
import type { Order } from './scheduleClusters.js'

/**
 * Greedy fusion. In the order of the graph, each op starts as a cluster, which is then merged with the clusters that
 * produce its operands, in decreasing order of the memory traffic saved, wherever the result is one kernel:
 *
 * - no third cluster is on a path between the two: the merged cluster would have to run both before and after it;
 * - every value that passes between them is read once, element by element, in one space whose axes one of the two has
 *   all of;
 * - no result of a reduction is read in the same kernel, all reductions reduce the same axes, and each runs over the
 *   whole space;
 * - there is at most one scan; next to it, reductions are sums over time (one more carry), and no step needs a value
 *   that is known only after the last step;
 * - memory that is overwritten (a carry, a donated input) is read only at the elements where each point writes.
 */
export function fuseGraph(graph: Graph, subAxes: SubAxes, layoutsOf: LayoutsOf, order: Order): Cluster[] {
  const home = new Map<Op, Group>()
  const after = new Map<Op, Op[]>(graph.ops.map((op) => [op, []]))
  for (const op of graph.ops) for (const b of order.before(op)) after.get(b)!.push(op)
  const f: Fusion = { subAxes, layoutsOf, order, home, after: (op) => after.get(op)! }
  for (const op of graph.ops) {
    const group = singletonGroup(f, op)
    home.set(op, group)
    if (awaitsSink(f, op)) continue
    const gain = new Map<Group, number>()
    const waiting = waitingFor(f, op)
    for (const w of waiting) merge(f, home.get(w)!, home.get(op)!)
    for (const r of [...waiting, op].flatMap(({ ins }) => ins)) {
      if (r.kind !== 'value') continue
      for (const w of r.value.writers) {
        const g = home.get(w)
        if (g !== undefined && g !== home.get(op))
          gain.set(g, (gain.get(g) ?? 0) + sizeOf(r.value.aval.shape) * bytesOf(r.dtype))
      }
    }
    const producers = [...gain].sort(([a, n], [b, m]) => m - n || b.ops[0]!.id - a.ops[0]!.id)
    for (const [g] of producers) merge(f, g, home.get(op)!)
  }
  mergeScalars(f)
  const groups = [...new Set(home.values())]
  for (const g of groups) if (g.kind === 'kernel') aliasSinks(f, g)
  return groups.map((g, id) => ({ id, kind: g.kind, ops: g.ops }))
}

/**
 * The sink that an op alone makes the value of, through ops of its shape that nothing else reads; null if there is
 * none.
 */
function sinkOf(f: Fusion, op: Op): PointwiseOp | null {
  if (op.kind !== 'pointwise') return null
  if (op.sink !== null) return op
  if (op.outs.length !== 1) return null
  const [reader, ...others] = f.order.readers(op.outs[0]!)
  return reader?.kind === 'pointwise' && others.length === 0 && sameShape(op.shape, reader.shape)
    ? sinkOf(f, reader)
    : null
}

/**
 * Whether the op only feeds a sink that overwrites a value which other ops read. The two then stay in one kernel: in a
 * kernel that runs before those ops, the result of the op would need memory of its own.
 */
function awaitsSink(f: Fusion, op: Op): op is PointwiseOp {
  const sink = sinkOf(f, op)
  const old = sink?.sink?.overwrites
  return sink !== op && !!old && f.order.readers(old).some((r) => sinkOf(f, r) !== sink)
}

/** The ops that await a sink, from its operand on. */
const waitingFor = (f: Fusion, op: Op): readonly PointwiseOp[] =>
  op.ins.flatMap((r) => {
    if (r.kind !== 'value') return []
    const own = r.value.writers.filter((w): w is PointwiseOp => f.home.has(w) && awaitsSink(f, w))
    return own.flatMap((w) => [w, ...waitingFor(f, w)])
  })

/**
 * Merges kernels of a single point that no path connects/** Merges kernels of a single point that no path connects:
 * their only cost is their launch.
 */
function mergeScalars(f: Fusion): void {
  const points = [...new Set(f.home.values())].filter((g) => g.kind === 'kernel' && spaceOf(f, g).size === 0)
  const hosts: Group[] = []
  for (const g of points) {
    const host = hosts.find((k) => buffersOf(k, g) <= MAX_BUFFERS && merge(f, k, g))
    if (host === undefined) hosts.push(g)
  }
}

/** The largest number of buffers of a kernel that is merged only to save launches: devices bind at least 8. */
const MAX_BUFFERS = 6

function buffersOf(...groups: readonly Group[]): number {
  const accessed = new Set<Value>()
  for (const op of groups.flatMap((g) => g.ops)) {
    for (const r of op.ins) if (r.kind === 'value') accessed.add(r.value.alias?.value ?? r.value)
    for (const v of op.outs) accessed.add(v.alias?.value ?? v)
    if (op.kind === 'pointwise' && op.sink !== null) accessed.add(op.sink.to.value)
  }
  return [...accessed].filter((v) => v.external !== null).length
}

function merge(f: Fusion, a: Group, b: Group): boolean {
  if (reaches(f, a, b) || reaches(f, b, a)) return false
  const lone = b.ops.length === 1 ? b.ops[0]! : null
  if (lone?.kind === 'pointwise' && lone.sink !== null && attach(f, a, lone)) {
    unite(f, a, b, union(f, a, b))
    return true
  }
  if (a.kind !== 'kernel' || b.kind !== 'kernel') return false
  const start = mark(f.subAxes)
  const both = fuse(f, a, b)
  if (both !== null) unite(f, a, b, both)
  else undo(f.subAxes, start)
  return both !== null
}

function unite(f: Fusion, a: Group, b: Group, both: Group): void {
  for (const op of b.ops) f.home.set(op, a)
  Object.assign(a, both)
}

/** True if a path leads from one group to the other through a third group. */
function reaches(f: Fusion, from: Group, to: Group): boolean {
  const seen = new Set<Group>([from])
  const todo: Group[] = []
  const follow = (g: Group, first: boolean): boolean => {
    for (const op of g.ops) {
      for (const next of f.after(op)) {
        const n = f.home.get(next)
        if (n === undefined || seen.has(n)) continue
        if (n === to) {
          if (!first) return true
          continue
        }
        seen.add(n)
        todo.push(n)
      }
    }
    return false
  }
  follow(from, true)
  while (todo.length > 0) if (follow(todo.pop()!, false)) return true
  return false
}

/** Lets a routine or a reduction, which no kernel can read from, write its result where the sink would copy it. */
function attach(f: Fusion, a: Group, sink: PointwiseOp): boolean {
  const ref = sink.ins[0]!
  if (!canPlace(f, sink, ref)) return false
  const maker = ref.value.writers[0]!
  const opaque = maker.kind === 'routine' || (maker.kind === 'reduce' && !a.ops.some((op) => op.kind === 'scan'))
  if (!opaque || f.home.get(maker) !== a) return false
  const { overwrites } = sink.sink!
  if (overwrites !== null && f.order.readers(overwrites).some((r) => f.home.get(r) === a)) return false
  if (maker.kind === 'reduce' && !unifyRead(f.subAxes, f.layoutsOf(sink).ins[0]!, ref, f.layoutsOf(maker).outs[0]!))
    return false
  aliasTo(ref.value, sink)
  return true
}

/** True if the value that the sink copies can be an alias of the sink's destination. */
function canPlace(f: Fusion, sink: PointwiseOp, ref: Ref): ref is ValueRef {
  const { to, setsUp } = sink.sink!
  if (!isWhole(ref) || ref.value.alias !== null || ref.value.external !== null || ref.value.writers.length !== 1)
    return false
  const packed = contiguous(sink.shape)
  if (!to.strides.every((s, i) => s === packed[i])) return false
  // The loop overwrites its carry: no other op may read the value.
  return !setsUp || f.order.readers(ref.value).length === 1
}

function aliasTo(value: Value, sink: PointwiseOp): void {
  const { value: at, offset, advance } = sink.sink!.to
  value.alias = { value: at, offset, advance, by: sink }
}

/** Makes values that a sink of the same kernel stores aliases of the sink's destination. */
function aliasSinks(f: Fusion, g: Group): void {
  for (const op of g.ops) {
    if (op.kind !== 'pointwise' || op.sink === null) continue
    const ref = op.ins[0]!
    if (canPlace(f, op, ref) && f.home.get(ref.value.writers[0]!) === g) aliasTo(ref.value, op)
  }
}
