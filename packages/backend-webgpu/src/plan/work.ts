import { unreachable, type Operand, type Plan, type Routine } from '@spikeward/core/backend'
import { kernelTask } from '../kernel/emit.js'
import { u32 } from '../kernel/wgsl.js'
import type { Traits } from '../device/traits.js'
import { dotTask } from '../routines/dot.js'
import { gatherTask, scatterAddTask } from '../routines/indexed.js'
import { choleskyTask, triangularSolveTask } from '../routines/linearAlgebra.js'
import type { BandedPlan, Item } from './bands.js'
import type { Work } from './schedule.js'
import type { Task } from './task.js'
import { touchesOf } from './touches.js'

/** The steps of a plan as tasks with what they touch; what does nothing is left out. */
export function workOf(plan: BandedPlan, traits: Traits): Work[] {
  return plan.steps.flatMap((step) => work(plan, traits, step, 0))
}

/** A step within `depth` loops; in a band `share` of it make up the whole batch. */
export function work(plan: BandedPlan, traits: Traits, step: Item, depth: number, share = 1): Work[] {
  if (step.kind === 'band') {
    const { steps, share: ofBand, ...band } = step
    return [{ ...band, depth, items: steps.flatMap((s) => work(plan, traits, s, depth + 1, ofBand)) }]
  }
  if (step.kind === 'loop') {
    const items = step.length === 0 ? [] : step.steps.flatMap((s) => work(plan, traits, s, depth + 1, share))
    const touches = items.flatMap((i) => (i.kind === 'band' ? [] : i.touches))
    return items.length === 0 ? [] : [{ kind: 'loop', length: step.length, depth, items, touches }]
  }
  const at = (o: Operand): string => baseOf(plan, o)
  const task =
    step.kind === 'kernel'
      ? kernelTask(step.kernel, { loads: step.loads.map(at), stores: step.stores.map(at) }, traits)
      : routineTask(step.routine, traits, step.ins.map(at), step.outs.map(at), share)
  return task.emit(256).groups === 0 ? [] : [{ kind: 'leaf', task, touches: touchesOf(plan, step) }]
}

function routineTask(
  routine: Routine,
  traits: Traits,
  ins: readonly string[],
  outs: readonly string[],
  share: number,
): Task {
  const [x = '', y = ''] = ins
  const [out = ''] = outs
  switch (routine.kind) {
    case 'dot':
      return dotTask(routine, traits, x, y, out, share)
    case 'gather':
      return gatherTask(routine, x, y, out)
    case 'scatterAdd':
      return scatterAddTask(routine, x, y, out)
    case 'cholesky':
      return choleskyTask(routine, x, out)
    case 'triangularSolve':
      return triangularSolveTask(routine, x, y, out)
    default:
      return unreachable(routine)
  }
}

/**
 * Where a run finds its memory: entry 0 is the workspace, then the inputs, then the outputs, each as the element of the
 * arena at which it begins.
 */
export const tableSize = (plan: Pick<Plan, 'inputs' | 'outputs'>): number => 1 + plan.inputs + plan.outputs

/** WGSL for the element at which an operand begins; d0, d1 … are the rounds of the loops around it, `o` is the number of the workgroup's own memory. */
function baseOf(plan: BandedPlan, operand: Operand): string {
  const slot = plan.slots[operand.slot]!
  const entry = slot.kind === 'temporary' ? 0 : slot.kind === 'input' ? 1 + slot.index : 1 + plan.inputs + slot.index
  const constant = operand.offset + (slot.kind === 'temporary' ? slot.byteOffset / 4 : 0)
  const terms = operand.advance.flatMap((by, depth) => (by === 0 ? [] : [`d${depth} * ${u32(by)}`]))
  const apart = plan.own.get(operand.slot)
  const parts = [
    `p[${entry >> 2}].${'xyzw'[entry & 3]}`,
    ...(constant === 0 ? [] : [u32(constant)]),
    ...(apart === undefined ? [] : [`o * ${u32(apart / 4)}`]),
    ...terms,
  ]
  return parts.length === 1 ? parts[0]! : `(${parts.join(' + ')})`
}
