import { SpikewardError } from '../errors.js'
import type { Cluster } from './cluster.js'
import type { Graph, Op, Value } from './graph.js'
import { readsOf } from './graph.js'

/** What must have run before each op of a graph: writers of what it reads, and readers of what it overwrites. */
export interface Order {
  before(op: Op): readonly Op[]
  readers(value: Value): readonly Op[]
}

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

/** Clusters in an order in which each comes after those that it needs; the earliest in the program first. */
export function schedule(clusters: readonly Cluster[], order: Order): Cluster[] {
  const of = new Map<Op, Cluster>()
  for (const c of clusters) for (const op of c.ops) of.set(op, c)
  const done = new Set<Cluster>()
  const open = new Set<Cluster>()
  const out: Cluster[] = []
  const visit = (c: Cluster): void => {
    if (done.has(c)) return
    if (open.has(c))
      throw new SpikewardError('INTERNAL', 'steps of a plan wait for each other; this is a bug in Spikeward')
    open.add(c)
    const needs = new Set<Cluster>()
    for (const op of c.ops) for (const b of order.before(op)) needs.add(of.get(b)!)
    needs.delete(c)
    ;[...needs].sort((a, b) => last(a) - last(b)).forEach(visit)
    done.add(c)
    out.push(c)
  }
  ;[...clusters].sort((a, b) => last(a) - last(b)).forEach(visit)
  return out
}

const last = (c: Cluster): number => c.ops[c.ops.length - 1]!.id
