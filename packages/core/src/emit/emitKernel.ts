import type { Expr } from '../program/program.js'
import { type SubAxes, type Placement, resolve, resolvePlacement } from '../graph/subAxes.js'
import { type Draft, builderAt, composeForm, emitRematerialised, makeDraft } from './kernelDraft.js'
import { type Cluster, type OperandLayouts, type LayoutsOf, reducedSubAxes } from '../fuse/cluster.js'
import { type DraftAccess, type DraftCarry, type DraftStore, finishKernel } from './finishKernel.js'
import type { AffineForm, Ref, ScanOp, Value, ValueRef } from '../graph/graph.js'
import { contiguous } from '../graph/ref.js'
import type { ProtoKernel } from '../graph/protoStep.js'

/** The context in which a kernel is emitted. */
export interface EmitContext {
  readonly subAxes: SubAxes
  readonly layouts: LayoutsOf
  /** True if a value that the cluster computes must be stored. */
  stored(value: Value): boolean
}

/** Emits a cluster as one kernel; null if there is nothing to compute. */
export function emitKernel(cluster: Cluster, s: EmitContext): ProtoKernel | null {
  const { subAxes } = s
  const scan = cluster.ops.find((op): op is ScanOp => op.kind === 'scan') ?? null
  const time = scan === null ? null : resolve(subAxes, [scan.time])[0]!
  const reduced = scan === null ? reducedSubAxes(subAxes, cluster, s.layouts) : new Set<number>()
  const order = spaceOrder(subAxes, cluster, s.layouts)
  const rank = order.length
  const at = new Map(order.map((a, i) => [a, i]))

  /** The coordinate along each axis of a placement, as forms of the kernel's coordinates. */
  const formsOf = (p: Placement): AffineForm[] =>
    resolvePlacement(subAxes, p).map((list) => {
      let radix = 1,
        offset = 0
      const sum = new Array<number>(rank).fill(0)
      for (const a of [...list].reverse()) {
        const back = a === time && scan!.reverse
        if (back) offset += radix * (subAxes.sizes[a]! - 1)
        sum[at.get(a)!]! += back ? -radix : radix
        radix *= subAxes.sizes[a]!
      }
      return { offset, steps: sum }
    })

  const d = makeDraft()
  const loads: DraftAccess[] = []
  const loadIndex = new Map<string, number>()
  const carries: DraftCarry[] = []
  const stores: DraftStore[] = []
  const nodeOf = new Map<Value, Expr>()

  const load = (ref: ValueRef, forms: readonly AffineForm[]): Expr => {
    const address = composeForm({ offset: ref.offset, steps: ref.strides }, forms, rank)
    const key = `${ref.value.id} ${address.offset} ${address.steps.join()} ${ref.advance.join()}`
    let i = loadIndex.get(key)
    if (i === undefined) {
      i = loads.push({ value: ref.value, dtype: ref.dtype, address, advance: ref.advance }) - 1
      loadIndex.set(key, i)
    }
    return d.push({ op: 'load', dtype: ref.dtype, operand: i })
  }
  const read = (ref: Ref, forms: readonly AffineForm[]): Expr => {
    if (ref.kind === 'literal') return d.constant(ref.dtype, ref.value)
    if (ref.kind === 'rematerialised') return emitRematerialised(d, ref, forms, rank)
    return nodeOf.get(ref.value) ?? load(ref, forms)
  }
  const store = (value: Value, node: Expr, place: Placement, reduce: DraftStore['reduce'] = null): void => {
    const forms = formsOf(place)
    stores.push({
      value,
      dtype: value.aval.dtype,
      node,
      reduce,
      advance: [],
      address: composeForm({ offset: 0, steps: contiguous(value.aval.shape) }, forms, rank),
      when: time !== null && resolve(subAxes, place.flat()).includes(time) ? 'each' : 'once',
    })
  }
  const result = (value: Value, node: Expr, place: Placement): void => {
    nodeOf.set(value, node)
    if (s.stored(value)) store(value, node, place)
  }

  for (const op of cluster.ops) {
    const layouts = s.layouts(op)
    if (op.kind === 'pointwise') {
      const source = op.ins[0]
      if (source?.kind === 'value' && op.sink !== null && source.value.alias?.by === op) continue
      const forms = formsOf(layouts.ins[0] ?? layouts.outs[0]!)
      const x = op.ins.map((r) => read(r, forms))
      const nodes = op.emit(builderAt(d, forms), x)
      op.outs.forEach((v, i) => result(v, nodes[i]!, layouts.outs[i]!))
      if (op.sink !== null) {
        const { to } = op.sink
        const place = layouts.ins[0]!
        stores.push({
          value: to.value,
          dtype: to.value.aval.dtype,
          node: nodes[0]!,
          reduce: null,
          advance: to.advance,
          address: composeForm({ offset: to.offset, steps: to.strides }, forms, rank),
          when: time !== null && resolve(subAxes, place.flat()).includes(time) ? 'each' : 'once',
        })
      }
    } else if (op.kind === 'reduce') {
      const value = op.outs[0]!
      const x = read(op.ins[0]!, formsOf(layouts.ins[0]!))
      if (scan !== null) {
        // A sum over time is one more carry: it starts at 0 and adds the value of each step.
        const dtype = value.aval.dtype
        const carry = carries.push({ dtype, init: d.constant(dtype, 0), next: -1 }) - 1
        carries[carry]!.next = d.binary('add', dtype, d.push({ op: 'carry', dtype, carry }), x)
        result(value, d.push({ op: 'final', dtype, carry }), layouts.outs[0]!)
      } else {
        const own = op.axes.some((a) => resolve(subAxes, layouts.ins[0]![a]!).length > 0)
        store(value, x, layouts.outs[0]!, own ? op.op : null)
      }
    } else if (op.kind === 'scan') {
      emitScan(d, op, layouts, formsOf, read, carries, result)
    }
  }
  return finishKernel({
    name: nameOf(cluster),
    space: order.map((a) => subAxes.sizes[a]!),
    time: time === null ? null : at.get(time)!,
    reduce: order.flatMap((a, i) => (reduced.has(a) ? [i] : [])),
    loads,
    nodes: d.nodes,
    carries,
    stores,
  })
}

function emitScan(
  d: Draft,
  op: ScanOp,
  layouts: OperandLayouts,
  formsOf: (p: Placement) => AffineForm[],
  read: (r: Ref, forms: readonly AffineForm[]) => Expr,
  carries: DraftCarry[],
  result: (v: Value, node: Expr, p: Placement) => void,
): void {
  const { constants: nc, carries: nk, body } = op
  const first = carries.length
  const outer = op.ins.map((r, i) => read(r, formsOf(layouts.ins[i]!)))
  const nodes = new Map<Value, Expr>()
  body.inputs.forEach((v, i) => {
    if (v === null) return
    if (i >= nc && i < nc + nk) {
      const dtype = v.aval.dtype
      carries.push({ dtype, init: outer[i]!, next: -1 })
      nodes.set(v, d.push({ op: 'carry', dtype, carry: first + i - nc }))
    } else {
      nodes.set(v, outer[i]!)
    }
  })
  const inside = (r: Ref, forms: readonly AffineForm[]): Expr =>
    r.kind === 'value' ? nodes.get(r.value)! : read(r, forms)
  for (const b of body.ops) {
    const forms = formsOf(body.places.get(b)!)
    const outs = b.emit(
      builderAt(d, forms),
      b.ins.map((r) => inside(r, forms)),
    )
    b.outs.forEach((v, i) => nodes.set(v, outs[i]!))
  }
  body.outputs.forEach((r, i) => {
    // The forms of an output are those of its slice: its operand layout without the time axis. A rematerialised value
    // reads them.
    const place = i < nk ? body.ins[nc + i]! : body.outs[i]!.filter((l) => !(l.length === 1 && l[0] === op.time))
    const node = inside(r, formsOf(place))
    if (i < nk) carries[first + i]!.next = node
    else result(op.outs[i]!, node, layouts.outs[i]!)
  })
  for (let i = 0; i < nk; i++) {
    result(op.outs[i]!, d.push({ op: 'final', dtype: op.outs[i]!.aval.dtype, carry: first + i }), layouts.outs[i]!)
  }
}

/** The order of the space's axes: that of the value with the most points, preceded by the axes that it lacks. */
function spaceOrder(subAxes: SubAxes, cluster: Cluster, layoutsOf: LayoutsOf): number[] {
  const lists: number[][] = []
  for (const op of cluster.ops) {
    const { ins, outs } = layoutsOf(op)
    for (const p of [...outs, ...ins]) lists.push(resolve(subAxes, p.flat()))
    // The space has the time axis even if no sequence has it.
    if (op.kind === 'scan')
      lists.push(resolve(subAxes, [op.time]), ...[...op.body.places.values()].map((p) => resolve(subAxes, p.flat())))
  }
  const points = (l: readonly number[]): number => l.reduce((n, a) => n * subAxes.sizes[a]!, 1)
  const sorted = lists
    .map((l, i) => ({ l, i, n: points(l) }))
    .sort((a, b) => b.l.length - a.l.length || b.n - a.n || a.i - b.i)
  let order: number[] = []
  for (const { l } of sorted) {
    const fresh = l.filter((a) => !order.includes(a))
    order = [...fresh, ...order]
  }
  return order
}

function nameOf(cluster: Cluster): string {
  const names = [...new Set(cluster.ops.map((op) => op.name.replace(/\W+/g, '_')))]
  return names.length <= 4
    ? names.join('_')
    : `${names.slice(0, 2).join('_')}_${cluster.ops.length}_${names[names.length - 1]}`
}
