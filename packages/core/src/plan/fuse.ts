import { sizeOf } from '../aval.js'
import { bytesOf } from '../dtype.js'
import type { Atoms } from './atoms.js'
import { mark, resolve, undo } from './atoms.js'
import type { Cluster, PortsOf } from './cluster.js'
import { reducedAtoms } from './cluster.js'
import type { Graph, Op, PointwiseOp, Ref, ScanOp, Value, ValueRef } from './graph.js'
import { isWhole, contiguous } from './ref.js'
import { proper, unifyRead } from './scanBody.js'
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
export function fuseGraph(graph: Graph, atoms: Atoms, portsOf: PortsOf, order: Order): Cluster[] {
  const home = new Map<Op, Group>()
  const after = new Map<Op, Op[]>(graph.ops.map(op => [op, []]))
  for (const op of graph.ops) for (const b of order.before(op)) after.get(b)!.push(op)
  const f: Fusion = { atoms, portsOf, order, home, after: op => after.get(op)! }
  for (const op of graph.ops) {
    const group: Group = { kind: op.kind === 'routine' || op.kind === 'loop' ? op.kind : 'kernel', ops: [op] }
    home.set(op, group)
    const gain = new Map<Group, number>()
    for (const r of op.ins) {
      if (r.kind !== 'value') continue
      for (const w of r.value.writers) {
        const g = home.get(w)
        if (g !== undefined && g !== group) gain.set(g, (gain.get(g) ?? 0) + sizeOf(r.value.aval.shape) * bytesOf(r.dtype))
      }
    }
    const producers = [...gain].sort(([a, n], [b, m]) => m - n || b.ops[0]!.id - a.ops[0]!.id)
    for (const [g] of producers) merge(f, g, home.get(op)!)
  }
  const groups = [...new Set(home.values())]
  for (const g of groups) if (g.kind === 'kernel') settleSinks(f, g)
  return groups.map((g, id) => ({ id, kind: g.kind, ops: g.ops }))
}

interface Group {
  readonly kind: Cluster['kind']
  ops: Op[]
}

interface Fusion {
  readonly atoms: Atoms
  readonly portsOf: PortsOf
  readonly order: Order
  readonly home: Map<Op, Group>
  after(op: Op): readonly Op[]
}

function merge(f: Fusion, a: Group, b: Group): boolean {
  if (reaches(f, a, b) || reaches(f, b, a)) return false
  const lone = b.ops.length === 1 ? b.ops[0]! : null
  if (lone?.kind === 'pointwise' && lone.sink !== null && attach(f, a, lone)) {
    unite(f, a, b)
    return true
  }
  if (a.kind !== 'kernel' || b.kind !== 'kernel') return false
  const start = mark(f.atoms)
  if (fits(f, a, b)) {
    unite(f, a, b)
    return true
  }
  undo(f.atoms, start)
  return false
}

function unite(f: Fusion, a: Group, b: Group): void {
  a.ops = [...a.ops, ...b.ops].sort((x, y) => x.id - y.id)
  for (const op of b.ops) f.home.set(op, a)
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
  const opaque = maker.kind === 'routine' || (maker.kind === 'reduce' && !a.ops.some(op => op.kind === 'scan'))
  if (!opaque || f.home.get(maker) !== a) return false
  const { overwrites } = sink.sink!
  if (overwrites !== null && f.order.readers(overwrites).some(r => f.home.get(r) === a)) return false
  if (maker.kind === 'reduce' && !unifyRead(f.atoms, f.portsOf(sink).ins[0]!, ref, f.portsOf(maker).outs[0]!)) return false
  place(ref.value, sink)
  return true
}

/** True where the value that the sink copies could lie where the sink puts it, and nowhere else. */
function canPlace(f: Fusion, sink: PointwiseOp, ref: Ref): ref is ValueRef {
  const { to, setsUp } = sink.sink!
  if (!isWhole(ref) || ref.value.place !== null || ref.value.external !== null || ref.value.writers.length !== 1) return false
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

function fits(f: Fusion, a: Group, b: Group): boolean {
  const { atoms, portsOf } = f
  const ops = [...a.ops, ...b.ops].sort((x, y) => x.id - y.id)
  const scans = ops.filter((op): op is ScanOp => op.kind === 'scan')
  if (scans.length > 1) return false
  const scan = scans[0] ?? null
  if (!edges(f, a, b).every(({ maker, result, reader, operand }) => {
    if (maker.kind === 'routine' || maker.kind === 'loop' || (maker.kind === 'reduce' && scan === null)) return false
    if (result.writers.length !== 1 || reader.kind === 'routine' || reader.kind === 'loop') return false
    const ref = reader.ins[operand] as ValueRef
    return unifyRead(atoms, portsOf(reader).ins[operand]!, ref, portsOf(maker).outs[maker.outs.indexOf(result)]!)
  })) return false

  const mine = spaceOf(f, a), yours = spaceOf(f, b)
  const wider = [...yours].some(x => !mine.has(x)), narrower = [...mine].some(x => !yours.has(x))
  if (wider && narrower) return false
  const rigid = (g: Group): boolean => g.ops.some(op => op.kind === 'scan' || (op.kind === 'reduce' && scan === null))
  if ((wider && rigid(a)) || (narrower && rigid(b))) return false
  const all = new Set([...mine, ...yours])
  if (!ops.every(op => placementsOf(f, op).every(p => proper(atoms, p)))) return false
  if (scan === null ? !reductionsAgree(f, ops, all) : !phasesAgree(f, ops, resolve(atoms, [scan.time])[0]!)) return false
  return ops.every(op => op.kind !== 'pointwise' || !op.sink?.overwrites || overwritesSafely(f, op, ops, all, scan))
}

interface Edge { readonly maker: Op; readonly result: Value; readonly reader: Op; readonly operand: number }

/** What passes between two groups. */
function edges(f: Fusion, a: Group, b: Group): Edge[] {
  const out: Edge[] = []
  const from = (makers: Group, readers: Group): void => {
    for (const reader of readers.ops) {
      reader.ins.forEach((r, operand) => {
        if (r.kind !== 'value') return
        for (const maker of r.value.writers) if (f.home.get(maker) === makers) out.push({ maker, result: r.value, reader, operand })
      })
    }
  }
  from(a, b)
  from(b, a)
  return out
}

const placementsOf = (f: Fusion, op: Op): readonly (readonly (readonly number[])[])[] => {
  const { ins, outs } = f.portsOf(op)
  return op.kind === 'pointwise' ? [ins[0] ?? outs[0]!] : op.kind === 'scan' ? [...ins, ...outs, ...op.body.places.values()] : [...ins, ...outs]
}

function spaceOf(f: Fusion, g: Group): Set<number> {
  const space = new Set<number>()
  for (const op of g.ops) for (const p of placementsOf(f, op)) for (const x of resolve(f.atoms, p.flat())) space.add(x)
  return space
}

/** All reductions run over the whole space and fold the same axes of it. */
function reductionsAgree(f: Fusion, ops: readonly Op[], space: ReadonlySet<number>): boolean {
  const folded = reducedAtoms(f.atoms, { ops }, f.portsOf)
  return ops.every(op => {
    if (op.kind !== 'reduce') return true
    const own = reducedAtoms(f.atoms, { ops: [op] }, f.portsOf)
    return own.size === folded.size && resolve(f.atoms, f.portsOf(op).ins[0]!.flat()).length === space.size
  })
}

/** Around a scan: reductions are sums over time, and nothing of a step or before it needs what is known after the last. */
function phasesAgree(f: Fusion, ops: readonly Op[], time: number): boolean {
  const late = new Set<Value>()
  for (const op of ops) {
    const readsLate = op.ins.some(r => r.kind === 'value' && late.has(r.value))
    const { ins, outs } = f.portsOf(op)
    if (op.kind === 'scan') {
      if (readsLate) return false
      op.outs.slice(0, op.carries).forEach(v => late.add(v))
    } else if (op.kind === 'reduce') {
      const own = reducedAtoms(f.atoms, { ops: [op] }, f.portsOf)
      if (op.op !== 'sum' || readsLate || own.size !== 1 || !own.has(time)) return false
      late.add(op.outs[0]!)
    } else if (readsLate) {
      if (resolve(f.atoms, (ins[0] ?? outs[0]!).flat()).includes(time)) return false
      op.outs.forEach(v => late.add(v))
    }
  }
  return true
}

/** Everything in the kernel that reads what the sink overwrites reads at each point just the element that the sink writes there. */
function overwritesSafely(f: Fusion, sink: PointwiseOp, ops: readonly Op[], space: ReadonlySet<number>, scan: ScanOp | null): boolean {
  const old = sink.sink!.overwrites!
  const written = stridesBy(f, f.portsOf(sink).ins[0]!, sink.sink!.to.strides)
  const time = scan === null ? -1 : resolve(f.atoms, [scan.time])[0]!
  return ops.every(op => op.ins.every((r, i) => {
    if (r.kind !== 'value' || r.value !== old) return true
    if (r.offset !== 0 || r.advance.some(d => d !== 0)) return false
    const read = stridesBy(f, f.portsOf(op).ins[i]!, r.strides)
    return [...space].every(x => (read.get(x) ?? 0) === (written.get(x) ?? 0) && (x === time || written.get(x)))
  }))
}

/** The stride along each atom of an access that has the given strides along the axes of a placement. */
function stridesBy(f: Fusion, p: readonly (readonly number[])[], strides: readonly number[]): Map<number, number> {
  const out = new Map<number, number>()
  p.forEach((list, axis) => {
    let s = strides[axis]!
    for (const x of resolve(f.atoms, list).reverse()) {
      out.set(x, (out.get(x) ?? 0) + s)
      s *= f.atoms.sizes[x]!
    }
  })
  return out
}
