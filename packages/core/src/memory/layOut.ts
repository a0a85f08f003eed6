import { sizeOf } from '../tensor/aval.js'
import { bytesOf } from '../tensor/dtype.js'
import type { Value } from '../graph/graph.js'
import type { Operand, Slot, Step } from '../plan/plan.js'
import type { ProtoKernel, ProtoOperand, ProtoStep } from '../graph/protoStep.js'
import { settle } from '../graph/protoStep.js'

interface Span {
  readonly value: Value
  start: number
  end: number
  /** Loops (their [start, end] positions, outermost first) around the accesses. */
  readonly accesses: { readonly position: number; readonly loops: readonly Loop[] }[]
}

interface Loop {
  readonly start: number
  end: number
}

/** Memory that one or, where one takes over the other's place, several values have in turn. */
interface Block {
  readonly bytes: number
  start: number
  end: number
  offset: number
}

export interface Layout {
  readonly slots: readonly Slot[]
  readonly steps: readonly Step[]
  readonly workspace: number
}

const ALIGN = 64
const align = (n: number): number => Math.ceil(n / ALIGN) * ALIGN
const bytesOfValue = (v: Value): number => sizeOf(v.aval.shape) * bytesOf(v.aval.dtype)

/** Gives every value a slot: inputs and outputs theirs, temporaries offsets in the workspace by their lifetimes. */
export function layOut(steps: readonly ProtoStep[], externals: readonly Value[], reuse: boolean): Layout {
  const spans = new Map<Value, Span>()
  const kernels: { readonly step: ProtoKernel; readonly position: number }[] = []
  let position = 0
  const touch = (o: ProtoOperand, loops: readonly Loop[]): void => {
    const { value } = settle(o)
    if (value.external !== null) return
    let span = spans.get(value)
    if (span === undefined) spans.set(value, (span = { value, start: 0, end: 0, accesses: [] }))
    span.accesses.push({ position, loops })
  }
  const walk = (list: readonly ProtoStep[], loops: readonly Loop[]): void => {
    for (const step of list) {
      if (step.kind === 'loop') {
        const loop: Loop = { start: position++, end: 0 }
        walk(step.steps, [...loops, loop])
        loop.end = position++
        continue
      }
      const operands = step.kind === 'kernel' ? [...step.loads, ...step.stores] : [...step.ins, ...step.outs]
      operands.forEach((o) => {
        touch(o, loops)
      })
      if (step.kind === 'kernel') kernels.push({ step, position })
      position++
    }
  }
  walk(steps, [])
  for (const span of spans.values()) close(span)

  const blocks = new Map<Value, Block>()
  const starting = new Map<number, Span[]>()
  for (const span of spans.values()) starting.set(span.start, [...(starting.get(span.start) ?? []), span])
  const kernelAt = new Map(kernels.map((k) => [k.position, k.step]))
  for (const span of [...spans.values()].sort((a, b) => a.start - b.start || a.value.id - b.value.id)) {
    const kernel = reuse ? kernelAt.get(span.start) : undefined
    const heir = kernel && takesOver(kernel, span, spans, blocks)
    if (heir) {
      heir.end = Math.max(heir.end, span.end)
      blocks.set(span.value, heir)
    } else {
      blocks.set(span.value, { bytes: align(bytesOfValue(span.value)), start: span.start, end: span.end, offset: -1 })
    }
  }
  const workspace = pack([...new Set(blocks.values())])

  const slots: Slot[] = []
  const slotOf = new Map<Value, number>()
  const slot = (value: Value): number => {
    let i = slotOf.get(value)
    if (i === undefined) {
      const size = sizeOf(value.aval.shape),
        dtype = value.aval.dtype
      i =
        slots.push(
          value.external === null
            ? { kind: 'temporary', byteOffset: blocks.get(value)!.offset, dtype, size }
            : { ...value.external, dtype, size },
        ) - 1
      slotOf.set(value, i)
    }
    return i
  }
  externals.forEach(slot)
  const operand = (o: ProtoOperand, depth: number): Operand => {
    const { value, offset, advance } = settle(o)
    return { slot: slot(value), offset, advance: Array.from({ length: depth }, (_, d) => advance[d] ?? 0) }
  }
  const place = (list: readonly ProtoStep[], depth: number): Step[] =>
    list.map((s): Step => {
      switch (s.kind) {
        case 'kernel':
          return {
            kind: 'kernel',
            kernel: s.kernel,
            loads: s.loads.map((o) => operand(o, depth)),
            stores: s.stores.map((o) => operand(o, depth)),
          }
        case 'routine':
          return {
            kind: 'routine',
            routine: s.routine,
            ins: s.ins.map((o) => operand(o, depth)),
            outs: s.outs.map((o) => operand(o, depth)),
          }
        case 'loop':
          return { kind: 'loop', length: s.length, steps: place(s.steps, depth + 1) }
      }
    })
  return { slots, steps: place(steps, 0), workspace }
}

/** From the first to the last access; an access in a loop that does not hold all of them counts for the whole loop. */
function close(span: Span): void {
  const { accesses } = span
  let depth = 0
  const first = accesses[0]!.loops
  while (depth < first.length && accesses.every((a) => a.loops[depth] === first[depth])) depth++
  span.start = Math.min(...accesses.map((a) => a.loops[depth]?.start ?? a.position))
  span.end = Math.max(...accesses.map((a) => a.loops[depth]?.end ?? a.position))
}

/** The block of a value of the same size that the kernel reads for the last time, element for element where it writes this one. */
function takesOver(
  kernel: ProtoKernel,
  span: Span,
  spans: ReadonlyMap<Value, Span>,
  blocks: ReadonlyMap<Value, Block>,
): Block | null {
  const mine = kernel.stores.flatMap((o, i) => (settle(o).value === span.value ? [i] : []))
  if (mine.length !== 1) return null
  const store = kernel.kernel.stores[mine[0]!]!
  if (store.reduce !== null || !injective(kernel, store.strides) || !isSimple(kernel.stores[mine[0]!]!)) return null
  for (const o of kernel.loads) {
    const { value } = settle(o)
    const old = spans.get(value)
    const block = blocks.get(value)
    if (!old || !block || old.end !== span.start || block.end !== span.start || old === span) continue
    if (bytesOfValue(value) !== bytesOfValue(span.value)) continue
    const same = kernel.loads.every(
      (p, i) => settle(p).value !== value || (isSimple(p) && sameAccess(kernel.kernel.loads[i]!, store)),
    )
    const written = kernel.stores.some((p) => settle(p).value === value)
    if (same && !written) return block
  }
  return null
}

const isSimple = (o: ProtoOperand): boolean => {
  const { offset, advance } = settle(o)
  return offset === 0 && advance.every((d) => d === 0)
}

export const sameAccess = (
  a: { readonly offset: number; readonly strides: readonly number[] },
  b: { readonly offset: number; readonly strides: readonly number[] },
): boolean => a.offset === b.offset && a.strides.every((s, i) => s === b.strides[i])

/** True where no two points of the space (those of one time loop aside) share an address. */
const injective = ({ kernel }: ProtoKernel, strides: readonly number[]): boolean =>
  kernel.space.every((n, a) => n === 1 || a === kernel.time || strides[a] !== 0)

/** Offsets for the blocks: the largest first, each into the smallest hole that its contemporaries leave. */
function pack(blocks: readonly Block[]): number {
  const placed: Block[] = []
  let total = 0
  const order = blocks
    .map((b, i) => ({ b, i }))
    .sort((x, y) => y.b.bytes - x.b.bytes || x.b.start - y.b.start || x.i - y.i)
  for (const { b } of order) {
    const others = placed.filter((o) => o.start <= b.end && b.start <= o.end).sort((x, y) => x.offset - y.offset)
    let best = -1,
      bestSize = Infinity,
      cursor = 0
    for (const o of others) {
      const hole = o.offset - cursor
      if (hole >= b.bytes && hole < bestSize) [best, bestSize] = [cursor, hole]
      cursor = Math.max(cursor, o.offset + o.bytes)
    }
    b.offset = best < 0 ? cursor : best
    placed.push(b)
    total = Math.max(total, b.offset + b.bytes)
  }
  return total
}
