import type { Access, Kernel } from '../plan/kernel.js'
import type { DotRoutine, Operand, Step } from '../plan/plan.js'

/** A step that is not a loop of others. */
export type StraightStep = Exclude<Step, { readonly kind: 'loop' }>

/**
 * How a step goes through one slot, seen from a partition of `count` members: element e belongs to member
 * ⌊e / run⌋ mod count. Of [time, batch, neurons] a partition of the batch has run = number of neurons.
 */
export interface SlotTouch {
  readonly slot: number
  readonly writes: boolean
  /** Null where the step does not keep what belongs to one member apart from the others. */
  readonly run: number | null
  /** True where the place does not move with the loops around the step. */
  readonly steady: boolean
  /** Elements that it touches. */
  readonly elements: number
}

export type KernelStep = Extract<Step, { readonly kind: 'kernel' }>

/** A product: its rows are the members of the partition, once or several times over. */
export interface DotStep {
  readonly routine: DotRoutine
  readonly ins: readonly [Operand, Operand]
  readonly out: Operand
}

/** A straight step that computes every member from what belongs to that member, and from what no step of the band writes. */
export type StraightLocality =
  | {
      readonly kind: 'kernel'
      readonly step: KernelStep
      readonly axis: number
      readonly touches: readonly SlotTouch[]
    }
  | { readonly kind: 'dot'; readonly step: DotStep; readonly touches: readonly SlotTouch[] }

/** The same of any step: of a loop, all whose steps are. */
export type Locality =
  | StraightLocality
  | {
      readonly kind: 'loop'
      readonly length: number
      readonly items: readonly Locality[]
      readonly touches: readonly SlotTouch[]
    }

/** Whether a product may be done some rows at a time. */
export type InRows = (r: DotRoutine) => boolean

/** Elements from row to row, of slots whose rows products take: what belongs to a member of a partition of rows. */
export type Rows = ReadonlyMap<number, number>

const noRows: Rows = new Map()

/** The rows that products in the steps take and give. */
export function rowsIn(steps: readonly Step[], rows = new Map<number, number>()): Rows {
  for (const s of steps) {
    if (s.kind === 'loop') rowsIn(s.steps, rows)
    else if (s.kind === 'routine' && s.routine.kind === 'dot')
      rows.set(s.ins[0]!.slot, s.routine.a.m).set(s.outs[0]!.slot, s.routine.n)
  }
  return rows
}

/**
 * The step as one that is local to the members of a partition, or null where it is not, or is a loop. Where several axes
 * of a kernel could be that of the partition, `rows` says which one is.
 */
export function straightLocality(step: Step, count: number, inRows: InRows, rows = noRows): StraightLocality | null {
  if (step.kind === 'kernel') return kernelLocality(step, count, rows)
  if (step.kind !== 'routine' || step.routine.kind !== 'dot' || !inRows(step.routine)) return null
  const { routine, ins, outs } = step
  return dotLocality({ routine, ins: [ins[0]!, ins[1]!], out: outs[0]! }, count)
}

/** The step as one that is local to the members of a partition, or null where it is not; a loop, where all its steps are. */
export function localityOf(step: Step, count: number, inRows: InRows, rows = noRows): Locality | null {
  if (step.kind !== 'loop') return straightLocality(step, count, inRows, rows)
  if (step.length === 0) return null
  const items: Locality[] = []
  for (const s of step.steps) {
    const local = localityOf(s, count, inRows, rows)
    if (local === null) return null
    items.push(local)
  }
  return { kind: 'loop', length: step.length, items, touches: items.flatMap((i) => i.touches) }
}

/** Along the axis on which most accesses, and all stores, keep members apart; where rows are known, those first. */
function kernelLocality(step: KernelStep, count: number, rows: Rows): StraightLocality | null {
  const { kernel, loads, stores } = step
  if (kernel.reduce.length > 0) return null
  let best: StraightLocality | null = null
  let most = 0
  for (const [axis, length] of kernel.space.entries()) {
    if (axis === kernel.time || length === 0 || length % count !== 0) continue
    if (kernel.nodes.some((n) => n.op === 'index' && n.axis === axis)) continue
    const touches = [
      ...kernel.loads.map((a, i) => touchOf(loads[i]!, a, kernel, axis, count, false)),
      ...kernel.stores.map((a, i) => touchOf(stores[i]!, a, kernel, axis, count, true)),
    ]
    const asRows = touches.filter((t) => t.run !== null && t.run === rows.get(t.slot)).length
    const apart = asRows * (touches.length + 1) + touches.filter((t) => t.run !== null).length
    if (apart > most && touches.every((t) => !t.writes || t.run !== null))
      [best, most] = [{ kind: 'kernel', step, axis, touches }, apart]
  }
  return best
}

function touchOf(o: Operand, a: Access, kernel: Kernel, axis: number, count: number, writes: boolean): SlotTouch {
  const elements = kernel.space.reduce((n, d, b) => (a.strides[b] === 0 ? n : n * d), 1)
  const touch = { slot: o.slot, writes, steady: isSteady(o), elements }
  const stride = a.strides[axis]!
  const start = o.offset + a.offset
  if (stride <= 0 || start < 0) return { ...touch, run: null }
  const length = kernel.space[axis]! / count
  const run = length * stride
  const period = run * count
  let low = start % period
  let high = low + (length - 1) * stride
  for (const [b, d] of kernel.space.entries()) {
    const reach = a.strides[b]! * (d - 1)
    if (b === axis || a.strides[b]! % period === 0) continue
    if (reach < 0) low += reach
    else high += reach
  }
  const stays = low >= 0 && high < run && o.advance.every((by) => by % period === 0)
  return { ...touch, run: stays ? run : null }
}

function dotLocality(step: DotStep, count: number): StraightLocality | null {
  const {
    routine: r,
    ins: [a, b],
    out: c,
  } = step
  if (r.m === 0 || r.m % count !== 0) return null
  const stays = (o: Operand, row: number, width: number, batch: number): boolean => {
    const period = row * count
    return (
      row > 0 &&
      (r.batch === 1 || batch % period === 0) &&
      o.offset >= 0 &&
      (o.offset % period) + width <= row &&
      o.advance.every((by) => by % period === 0)
    )
  }
  if (!stays(c, r.n, r.n, r.m * r.n)) return null
  return {
    kind: 'dot',
    step,
    touches: [
      {
        slot: a.slot,
        writes: false,
        run: r.a.k >= 0 && stays(a, r.a.m, (r.k - 1) * r.a.k + 1, r.a.batch) ? r.a.m : null,
        steady: isSteady(a),
        elements: 0,
      },
      { slot: b.slot, writes: false, run: null, steady: isSteady(b), elements: 0 },
      { slot: c.slot, writes: true, run: r.n, steady: isSteady(c), elements: r.batch * r.m * r.n },
    ],
  }
}

const isSteady = (o: Operand): boolean => o.advance.every((by) => by === 0)
