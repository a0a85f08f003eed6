import { unreachable, type Operand, type Plan, type Routine, type Step } from '@spikeward/core/backend'
import { kernelTask } from '../kernel/emit.js'
import { u32 } from '../kernel/wgsl.js'
import type { Traits } from '../device/traits.js'
import { dotTask } from '../routines/dot.js'
import { gatherTask, scatterAddTask } from '../routines/indexed.js'
import { choleskyTask, triangularSolveTask } from '../routines/linearAlgebra.js'
import type { Work } from './schedule.js'
import type { Task } from './task.js'
import { touchesOf } from './touches.js'

/** The steps of a plan as tasks with what they touch; what does nothing is left out. */
export function workOf(plan: Plan, traits: Traits): Work[] {
  return plan.steps.flatMap((step) => work(plan, traits, step, 0))
}

function work(plan: Plan, traits: Traits, step: Step, depth: number): Work[] {
  const touches = touchesOf(plan, step)
  if (step.kind === 'loop') {
    const items = step.length === 0 ? [] : step.steps.flatMap((s) => work(plan, traits, s, depth + 1))
    return items.length === 0 ? [] : [{ kind: 'loop', length: step.length, depth, items, touches }]
  }
  const at = (o: Operand): string => baseOf(plan, o)
  const task =
    step.kind === 'kernel'
      ? kernelTask(step.kernel, { loads: step.loads.map(at), stores: step.stores.map(at) }, traits)
      : routineTask(step.routine, traits, step.ins.map(at), step.outs.map(at))
  return task.emit(256).groups === 0 ? [] : [{ kind: 'leaf', task, touches }]
}

function routineTask(routine: Routine, traits: Traits, ins: readonly string[], outs: readonly string[]): Task {
  const [x = '', y = ''] = ins
  const [out = ''] = outs
  switch (routine.kind) {
    case 'dot':
      return dotTask(routine, traits, x, y, out)
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
export const tableSize = (plan: Plan): number => 1 + plan.inputs + plan.outputs

/** WGSL for the element at which an operand begins; d0, d1 … are the rounds of the loops around it. */
function baseOf(plan: Plan, operand: Operand): string {
  const slot = plan.slots[operand.slot]!
  const entry = slot.kind === 'temporary' ? 0 : slot.kind === 'input' ? 1 + slot.index : 1 + plan.inputs + slot.index
  const constant = operand.offset + (slot.kind === 'temporary' ? slot.byteOffset / 4 : 0)
  const terms = operand.advance.flatMap((by, depth) => (by === 0 ? [] : [`d${depth} * ${u32(by)}`]))
  const parts = [`p[${entry >> 2}].${'xyzw'[entry & 3]}`, ...(constant === 0 ? [] : [u32(constant)]), ...terms]
  return parts.length === 1 ? parts[0]! : `(${parts.join(' + ')})`
}
