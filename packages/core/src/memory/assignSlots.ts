import { sizeOf } from '../tensor/aval.js'
import type { Value } from '../graph/graph.js'
import { type ProtoOperand, type ProtoStep, resolveAlias } from '../graph/protoStep.js'
import type { Operand, Slot, Step } from '../plan/plan.js'
import { assignBlocks } from './assignBlocks.js'
import { lifetimesOf } from './lifetimes.js'

/** The parts of a Plan that give the places of values. */
export interface Layout {
  readonly slots: readonly Slot[]
  readonly steps: readonly Step[]
  readonly workspace: number
}

/**
 * Assigns a slot to every value: inputs and outputs their own, temporaries an offset in the workspace by their
 * lifetimes.
 */
export function assignSlots(steps: readonly ProtoStep[], externals: readonly Value[], reuse: boolean): Layout {
  const { offsetOf, bytes } = assignBlocks(lifetimesOf(steps), reuse)
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
            ? { kind: 'temporary', byteOffset: offsetOf.get(value)!, dtype, size }
            : { ...value.external, dtype, size },
        ) - 1
      slotOf.set(value, i)
    }
    return i
  }
  externals.forEach(slot)
  const operand = (o: ProtoOperand, depth: number): Operand => {
    const { value, offset, advance } = resolveAlias(o)
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
  return { slots, steps: place(steps, 0), workspace: bytes }
}
