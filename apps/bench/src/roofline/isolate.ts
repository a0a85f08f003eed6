/** Splits a plan into its steps, each as a separate plan that can be run and timed alone. */
import { type Operand, type Plan, type Slot, type Step, bytesOf, countPlan } from '@spikeward/core/backend'

export type Part = {
  readonly name: string
  /** How often one run of the whole plan executes it. */
  readonly times: number
  readonly plan: Plan
  /**
   * The slots of the whole plan that are its inputs and outputs; a slot that it both reads and writes is in both lists.
   */
  readonly ins: readonly number[]
  readonly outs: readonly number[]
  /** Of one execution: operations (products as dense), and bytes read and written, each element once. */
  readonly flops: number
  readonly bytes: number
}

type Leaf = Exclude<Step, { readonly kind: 'loop' }>

const operandsOf = (step: Leaf): { readonly reads: readonly Operand[]; readonly writes: readonly Operand[] } =>
  step.kind === 'kernel' ? { reads: step.loads, writes: step.stores } : { reads: step.ins, writes: step.outs }

/** For display: a product by its size, a kernel by its name, space and time steps. */
function nameOf(step: Leaf): string {
  if (step.kind === 'kernel') return `${step.kernel.name} [${step.kernel.space.join(', ')}]`
  const { routine } = step
  if (routine.kind !== 'dot') return routine.kind
  const batch = routine.batch === 1 ? '' : `${routine.batch} × `
  return `${batch}${routine.m} × ${routine.n} × ${routine.k} product${routine.binary ? ' of spikes' : ''}`
}

/**
 * Every step of a plan in order; steps in loops as in their first iteration. Memory that steps share in the plan
 * becomes inputs and outputs, so that the steps run one after another with one buffer per slot.
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

export const slotBytes = ({ dtype, size }: Slot): number => bytesOf(dtype) * size
