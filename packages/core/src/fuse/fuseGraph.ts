import { sizeOf } from '../tensor/aval.js'
import { bytesOf } from '../tensor/dtype.js'
import type { SubAxes } from '../graph/subAxes.js'
import { mark, undo } from '../graph/subAxes.js'
import type { Cluster, PortsOf } from './cluster.js'
import type { Fusion, Group } from './fusible.js'
import { fuse, groupOf, spaceOf, union } from './fusible.js'
import type { Graph, Op, PointwiseOp, Ref, Value, ValueRef } from '../graph/graph.js'
import { unifyRead } from '../graph/placement.js'
import { contiguous, isWhole } from '../graph/ref.js'
import type { Order } from './schedule.js'

/**
 * Greedy fusion. In the order of the graph each op is first a cluster of its own, then its cluster is merged with those
 * that make its operands, those that save the most memory traffic first, wherever the result is still one kernel:
 *
 * - no third cluster lies on a path between the two (else their merger would have to run before and after it);
 * - every value that passes between them is read whole, element by element, in one space of which one of the two has all axes;
 * - what a reduction folds is not read in the same kernel; all reductions fold the same axes, and those of the whole space stay as they are;
 * - at most one scan; with it, reductions are sums over time (a state more), and nothing of a step needs what is known only after the last;
 * - what is overwritten (a carry, a donated input) is read only element for element where it is written.
 */
export function fuseGraph(graph: Graph, subAxes: SubAxes, portsOf: PortsOf, order: Order): Cluster[] {
  const home = new Map<Op, Group>()
  const after = new Map<Op, Op[]>(graph.ops.map((op) => [op, []]))
  for (const op of graph.ops) for (const b of order.before(op)) after.get(b)!.push(op)
  const f: Fusion = { subAxes, portsOf, order, home, after: (op) => after.get(op)! }
  for (const op of graph.ops) {
    const group = groupOf(f, op)
    home.set(op, group)
    const gain = new Map<Group, number>()
    for (const r of op.ins) {
      if (r.kind !== 'value') continue
      for (const w of r.value.writers) {
        const g = home.get(w)
        if (g !== undefined && g !== group)
          gain.set(g, (gain.get(g) ?? 0) + sizeOf(r.value.aval.shape) * bytesOf(r.dtype))
      }
    }
    const producers = [...gain].sort(([a, n], [b, m]) => m - n || b.ops[0]!.id - a.ops[0]!.id)
    for (const [g] of producers) merge(f, g, home.get(op)!)
  }
  mergeScalars(f)
  const groups = [...new Set(home.values())]
  for (const g of groups) if (g.kind === 'kernel') settleSinks(f, g)
  return groups.map((g, id) => ({ id, kind: g.kind, ops: g.ops }))
}

/** Kernels of a single point cost their start alone: those that no path connects become one. */
function mergeScalars(f: Fusion): void {
  const points = [...new Set(f.home.values())].filter((g) => g.kind === 'kernel' && spaceOf(f, g).size === 0)
  const kept: Group[] = []
  for (const g of points) {
    const host = kept.find((k) => buffersOf(k, g) <= MOST_BUFFERS && merge(f, k, g))
    if (host === undefined) kept.push(g)
  }
}

/** Buffers that a kernel may touch which takes in what it need not: devices bind no more than 8 for certain. */
const MOST_BUFFERS = 6

function buffersOf(...groups: readonly Group[]): number {
  const touched = new Set<Value>()
  for (const op of groups.flatMap((g) => g.ops)) {
    for (const r of op.ins) if (r.kind === 'value') touched.add(r.value.place?.value ?? r.value)
    for (const v of op.outs) touched.add(v.place?.value ?? v)
    if (op.kind === 'pointwise' && op.sink !== null) touched.add(op.sink.to.value)
  }
  return [...touched].filter((v) => v.external !== null).length
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

/** True where a path leads from one group to the other through a third. */
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

/** The producer's result is put straight where the sink would copy it: for what no kernel can hand on, routines and reductions. */
function attach(f: Fusion, a: Group, sink: PointwiseOp): boolean {
  const ref = sink.ins[0]!
  if (!canPlace(f, sink, ref)) return false
  const maker = ref.value.writers[0]!
  const opaque = maker.kind === 'routine' || (maker.kind === 'reduce' && !a.ops.some((op) => op.kind === 'scan'))
  if (!opaque || f.home.get(maker) !== a) return false
  const { overwrites } = sink.sink!
  if (overwrites !== null && f.order.readers(overwrites).some((r) => f.home.get(r) === a)) return false
  if (maker.kind === 'reduce' && !unifyRead(f.subAxes, f.portsOf(sink).ins[0]!, ref, f.portsOf(maker).outs[0]!))
    return false
  place(ref.value, sink)
  return true
}

/** True where the value that the sink copies could lie where the sink puts it, and nowhere else. */
function canPlace(f: Fusion, sink: PointwiseOp, ref: Ref): ref is ValueRef {
  const { to, setsUp } = sink.sink!
  if (!isWhole(ref) || ref.value.place !== null || ref.value.external !== null || ref.value.writers.length !== 1)
    return false
  const packed = contiguous(sink.shape)
  if (!to.strides.every((s, i) => s === packed[i])) return false
  // What becomes a loop's carry is overwritten by the loop: nobody else may read it.
  return !setsUp || f.order.readers(ref.value).length === 1
}

function place(value: Value, sink: PointwiseOp): void {
  const { value: at, offset, advance } = sink.sink!.to
  value.place = { value: at, offset, advance, by: sink }
}

/** Values that a sink of their own kernel stores get no memory beside. */
function settleSinks(f: Fusion, g: Group): void {
  for (const op of g.ops) {
    if (op.kind !== 'pointwise' || op.sink === null) continue
    const ref = op.ins[0]!
    if (canPlace(f, op, ref) && f.home.get(ref.value.writers[0]!) === g) place(ref.value, op)
  }
}
