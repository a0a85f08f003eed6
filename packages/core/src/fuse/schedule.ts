import { sizeOf } from '../tensor/aval.js'
import { SpikewardError } from '../errors.js'
import type { Cluster } from './cluster.js'
import type { Graph, Op, Value } from '../graph/graph.js'
import { readsOf } from '../graph/graph.js'

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

/**
 * Clusters in an order in which each comes after those that it needs; the earliest in the program first, but for kernels that are
 * small beside the largest: they come as soon as they can. What is computed of parameters then does not stand between the
 * steps of a batch, which a backend may want to do together.
 */
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
  return smallFirst(out, (c) => c.ops.flatMap((op) => order.before(op).map((b) => of.get(b)!)))
}

/** How many times smaller than the largest cluster a kernel is that counts as small. */
const SMALL = 16

/** An order that is as good, where small kernels come before all that they need not wait for. */
function smallFirst(ordered: readonly Cluster[], needs: (c: Cluster) => readonly Cluster[]): Cluster[] {
  const sizes = new Map(ordered.map((c) => [c, Math.max(...c.ops.map(elementsOf))]))
  const most = Math.max(0, ...sizes.values())
  const isSmall = (c: Cluster): boolean => c.kind === 'kernel' && sizes.get(c)! * SMALL <= most
  const done = new Set<Cluster>()
  let waiting = ordered.filter(isSmall)
  const settle = (): void => {
    waiting = waiting.filter((c) => {
      if (needs(c).some((n) => n !== c && !done.has(n))) return true
      done.add(c)
      return false
    })
  }
  for (const c of ordered) {
    if (isSmall(c)) continue
    settle()
    done.add(c)
  }
  settle()
  return [...done]
}

/** Elements that an op reads from one operand or writes to one result, whichever are most. */
const elementsOf = (op: Op): number =>
  Math.max(0, ...op.ins.map((r) => sizeOf(r.shape)), ...op.outs.map((v) => sizeOf(v.aval.shape)))

const last = (c: Cluster): number => c.ops[c.ops.length - 1]!.id
