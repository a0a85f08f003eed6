import { sizeOf } from '../tensor/aval.js'
import { SpikewardError } from '../errors.js'
import type { Cluster } from './cluster.js'
import { type Graph, type Op, type Value, readsOf } from '../graph/graph.js'

/**
 * The order of a graph's ops: each runs after the writers of its operands and the readers of the value that it
 * overwrites.
 */
export interface Order {
  before(op: Op): readonly Op[]
  readers(value: Value): readonly Op[]
}

/** Derives the order from a graph. */
export function orderOf(graph: Graph): Order {
  const here = new Set(graph.ops)
  const readers = new Map<Value, Op[]>()
  for (const op of graph.ops) {
    for (const v of new Set(readsOf(op))) readers.set(v, [...(readers.get(v) ?? []), op])
  }
  const before = new Map<Op, Op[]>()
  for (const op of graph.ops) {
    const list = new Set<Op>(op.after)
    for (const v of readsOf(op)) for (const w of v.writers) if (w !== op && here.has(w)) list.add(w)
    if (op.kind === 'pointwise' && op.sink?.overwrites) {
      for (const r of readers.get(op.sink.overwrites) ?? []) if (r !== op) list.add(r)
    }
    before.set(op, [...list])
  }
  return { before: (op) => before.get(op)!, readers: (v) => readers.get(v) ?? [] }
}

/**
 * Clusters in an order that respects their dependencies: the order of the program, except that kernels much smaller
 * than the largest come as early as possible, and last of all if no larger cluster needs them. Work on parameters then
 * does not separate steps over the batch, which a backend may fuse.
 */
export function scheduleClusters(clusters: readonly Cluster[], order: Order): Cluster[] {
  const of = new Map<Op, Cluster>()
  for (const c of clusters) for (const op of c.ops) of.set(op, c)
  const done = new Set<Cluster>()
  const open = new Set<Cluster>()
  const needs = new Map<Cluster, readonly Cluster[]>()
  const out: Cluster[] = []
  const visit = (c: Cluster): void => {
    if (done.has(c)) return
    if (open.has(c))
      throw new SpikewardError(
        'INTERNAL',
        'the steps of a plan depend on each other in a circle; this is a bug in Spikeward',
      )
    open.add(c)
    const before = new Set<Cluster>()
    for (const op of c.ops) for (const b of order.before(op)) before.add(of.get(b)!)
    before.delete(c)
    needs.set(c, [...before])
    ;[...before].sort((a, b) => last(a) - last(b)).forEach(visit)
    done.add(c)
    out.push(c)
  }
  ;[...clusters].sort((a, b) => last(a) - last(b)).forEach(visit)
  return smallFirst(out, needs)
}

/** A kernel is small if the largest cluster has at least this many times its elements. */
const SMALL = 16

/**
 * Moves small kernels before all clusters that they do not depend on, and those that only results need to the end: the
 * update of a weight waits for its last reader, and would separate this from the next step over the batch.
 */
function smallFirst(ordered: readonly Cluster[], needs: ReadonlyMap<Cluster, readonly Cluster[]>): Cluster[] {
  const sizes = new Map(ordered.map((c) => [c, Math.max(...c.ops.map(elementsOf))]))
  const most = Math.max(0, ...sizes.values())
  const isSmall = (c: Cluster): boolean => c.kind === 'kernel' && sizes.get(c)! * SMALL <= most
  const needed = new Set<Cluster>()
  for (const c of [...ordered].reverse()) {
    if (!isSmall(c) || needed.has(c)) for (const n of needs.get(c)!) needed.add(n)
  }
  const done = new Set<Cluster>()
  let waiting = ordered.filter((c) => isSmall(c) && needed.has(c))
  const placeReady = (): void => {
    waiting = waiting.filter((c) => {
      if (needs.get(c)!.some((n) => !done.has(n))) return true
      done.add(c)
      return false
    })
  }
  for (const c of ordered) {
    if (isSmall(c)) continue
    placeReady()
    done.add(c)
  }
  return [...done, ...ordered.filter((c) => !done.has(c))]
}

/** The most elements that an op reads from one operand or writes to one result. */
const elementsOf = (op: Op): number =>
  Math.max(0, ...op.ins.map((r) => sizeOf(r.shape)), ...op.outs.map((v) => sizeOf(v.aval.shape)))

const last = (c: Cluster): number => c.ops[c.ops.length - 1]!.id
