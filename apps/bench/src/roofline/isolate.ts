/** A plan taken apart: each of its steps as a plan of its own, to be run and timed alone. */
import { bytesOf, countPlan } from '@spikeward/core/backend'
import type { Operand, Plan, Slot, Step } from '@spikeward/core/backend'

/** One step of a plan, alone. */
export type Part = {
  /** What it is, for people. */
  readonly name: string
  /** How often one run of the whole plan does it. */
  readonly times: number
  readonly plan: Plan
  /** Slots of the whole plan that its inputs and outputs are; a slot that it both reads and writes is in both lists. */
  readonly ins: readonly number[]
  readonly outs: readonly number[]
  /** Of doing it once: operations (products as dense), and bytes of what it reads and writes, each element once. */
  readonly flops: number
  readonly bytes: number
}

type Leaf = Exclude<Step, { readonly kind: 'loop' }>

const operandsOf = (step: Leaf): { readonly reads: readonly Operand[]; readonly writes: readonly Operand[] } =>
  step.kind === 'kernel' ? { reads: step.loads, writes: step.stores } : { reads: step.ins, writes: step.outs }

/** For people: a product by its size, a kernel by its name, space and steps of time. */
function nameOf(step: Leaf): string {
  if (step.kind === 'kernel') return `${step.kernel.name} [${step.kernel.space.join(', ')}]`
  const { routine } = step
  if (routine.kind !== 'dot') return routine.kind
  const batch = routine.batch === 1 ? '' : `${routine.batch} × `
  return `${batch}${routine.m} × ${routine.n} × ${routine.k} product${routine.binary ? ' of spikes' : ''}`
}

/**
 * Every step of a plan in order, steps in loops as in their first round. Memory that steps share in the plan becomes
 * inputs and outputs, so that they run one after another on a buffer for each slot.
 */
export function partsOf(plan: Plan): readonly Part[] {
  const walk = (steps: readonly Step[], times: number): Part[] =>
    steps.flatMap((step) =>
      step.kind === 'loop' ? walk(step.steps, times * step.length) : [partOf(plan.slots, step, times)],
    )
  return walk(plan.steps, 1)
}

function partOf(slots: readonly Slot[], step: Leaf, times: number): Part {
  const { reads, writes } = operandsOf(step)
  const ins = [...new Set(reads.map((o) => o.slot))]
  const outs = [...new Set(writes.map((o) => o.slot))]
  const slot = (kind: 'input' | 'output') => (of: number, index: number) => {
    const { dtype, size } = slots[of] as Slot
    return { kind, index, dtype, size } as const
  }
  const read = (o: Operand): Operand => ({ slot: ins.indexOf(o.slot), offset: o.offset, advance: [] })
  const written = (o: Operand): Operand => ({ slot: ins.length + outs.indexOf(o.slot), offset: o.offset, advance: [] })
  const alone: Step =
    step.kind === 'kernel'
      ? { ...step, loads: reads.map(read), stores: writes.map(written) }
      : { ...step, ins: reads.map(read), outs: writes.map(written) }
  const part: Plan = {
    slots: [...ins.map(slot('input')), ...outs.map(slot('output'))],
    inputs: ins.length,
    outputs: outs.length,
    donations: outs.map((o) => (ins.includes(o) ? ins.indexOf(o) : null)),
    workspace: 0,
    steps: [alone],
  }
  return { name: nameOf(step), times, plan: part, ins, outs, ...countPlan(part) }
}

/** Bytes of a slot. */
export const slotBytes = ({ dtype, size }: Slot): number => bytesOf(dtype) * size
