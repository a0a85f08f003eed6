import type { Expr } from '../program/kernelBuilder.js'
import type { SubAxes, Placement } from '../graph/subAxes.js'
import { resolve, resolvePlacement } from '../graph/subAxes.js'
import type { Draft } from './kernelDraft.js'
import { builderAt, composeForm, emitRecipe, makeDraft } from './kernelDraft.js'
import type { Cluster, Ports, PortsOf } from '../fuse/cluster.js'
import { reducedSubAxes } from '../fuse/cluster.js'
import type { DraftAccess, DraftCarry, DraftStore } from './finishKernel.js'
import { finishKernel } from './finishKernel.js'
import type { Form, Ref, ScanOp, Value, ValueRef } from '../graph/graph.js'
import { contiguous } from '../graph/ref.js'
import type { ProtoKernel } from '../graph/protoStep.js'

/** What the emission of one kernel knows of its surroundings. */
export interface Surroundings {
  readonly subAxes: SubAxes
  readonly ports: PortsOf
  /** True where a value made in the cluster must be in memory of its own. */
  stored(value: Value): boolean
}

/** One kernel that does the work of the whole cluster. */
export function emitKernel(cluster: Cluster, s: Surroundings): ProtoKernel | null {
  const { subAxes } = s
  const scan = cluster.ops.find((op): op is ScanOp => op.kind === 'scan') ?? null
  const time = scan === null ? null : resolve(subAxes, [scan.time])[0]!
  const reduced = scan === null ? reducedSubAxes(subAxes, cluster, s.ports) : new Set<number>()
  const order = spaceOrder(subAxes, cluster, s.ports)
  const rank = order.length
  const at = new Map(order.map((a, i) => [a, i]))

  /** The coordinate along each axis of a placement, as forms of the kernel's coordinates. */
  const formsOf = (p: Placement): Form[] =>
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

  const load = (ref: ValueRef, forms: readonly Form[]): Expr => {
    const address = composeForm({ offset: ref.offset, steps: ref.strides }, forms, rank)
    const key = `${ref.value.id} ${address.offset} ${address.steps.join()} ${ref.advance.join()}`
    let i = loadIndex.get(key)
    if (i === undefined) {
      i = loads.push({ value: ref.value, dtype: ref.dtype, address, advance: ref.advance }) - 1
      loadIndex.set(key, i)
    }
    return d.push({ op: 'load', dtype: ref.dtype, operand: i })
  }
  const read = (ref: Ref, forms: readonly Form[]): Expr => {
    if (ref.kind === 'literal') return d.constant(ref.dtype, ref.value)
    if (ref.kind === 'recipe') return emitRecipe(d, ref, forms, rank)
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
    const ports = s.ports(op)
    if (op.kind === 'pointwise') {
      const source = op.ins[0]
      if (source?.kind === 'value' && op.sink !== null && source.value.place?.by === op) continue
      const forms = formsOf(ports.ins[0] ?? ports.outs[0]!)
      const x = op.ins.map((r) => read(r, forms))
      const nodes = op.emit(builderAt(d, forms), x)
      op.outs.forEach((v, i) => result(v, nodes[i]!, ports.outs[i]!))
      if (op.sink !== null) {
        const { to } = op.sink
        const place = ports.ins[0]!
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
      const x = read(op.ins[0]!, formsOf(ports.ins[0]!))
      if (scan !== null) {
        // A sum over time is one more state: it starts at 0 and gathers the value at each step.
        const dtype = value.aval.dtype
        const carry = carries.push({ dtype, init: d.constant(dtype, 0), next: -1 }) - 1
        carries[carry]!.next = d.binary('add', dtype, d.push({ op: 'carry', dtype, carry }), x)
        result(value, d.push({ op: 'final', dtype, carry }), ports.outs[0]!)
      } else {
        const own = op.axes.some((a) => resolve(subAxes, ports.ins[0]![a]!).length > 0)
        store(value, x, ports.outs[0]!, own ? op.op : null)
      }
    } else if (op.kind === 'scan') {
      emitScan(d, op, ports, formsOf, read, carries, result)
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
  ports: Ports,
  formsOf: (p: Placement) => Form[],
  read: (r: Ref, forms: readonly Form[]) => Expr,
  carries: DraftCarry[],
  result: (v: Value, node: Expr, p: Placement) => void,
): void {
  const { constants: nc, carries: nk, body } = op
  const first = carries.length
  const outer = op.ins.map((r, i) => read(r, formsOf(ports.ins[i]!)))
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
  const inside = (r: Ref, forms: readonly Form[]): Expr => (r.kind === 'value' ? nodes.get(r.value)! : read(r, forms))
  for (const b of body.ops) {
    const forms = formsOf(body.places.get(b)!)
    const outs = b.emit(
      builderAt(d, forms),
      b.ins.map((r) => inside(r, forms)),
    )
    b.outs.forEach((v, i) => nodes.set(v, outs[i]!))
  }
  body.outputs.forEach((r, i) => {
    // An output's forms are those of its slice: the port's without the time axis; a recipe may look at them.
    const place = i < nk ? body.ins[nc + i]! : body.outs[i]!.filter((l) => !(l.length === 1 && l[0] === op.time))
    const node = inside(r, formsOf(place))
    if (i < nk) carries[first + i]!.next = node
    else result(op.outs[i]!, node, ports.outs[i]!)
  })
  for (let i = 0; i < nk; i++) {
    result(op.outs[i]!, d.push({ op: 'final', dtype: op.outs[i]!.aval.dtype, carry: first + i }), ports.outs[i]!)
  }
}

/** The order of the space's axes: as the value with the most points has them, what it lacks in front. */
function spaceOrder(subAxes: SubAxes, cluster: Cluster, portsOf: PortsOf): number[] {
  const lists: number[][] = []
  for (const op of cluster.ops) {
    const { ins, outs } = portsOf(op)
    for (const p of [...outs, ...ins]) lists.push(resolve(subAxes, p.flat()))
    // The time axis is there even when no sequence runs along it.
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
