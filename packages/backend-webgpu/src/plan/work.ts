import type { Operand, Plan, Routine } from '@spikeward/core/backend'
import { kernelTask } from '../kernel/kernelTask.js'
import { u32 } from '../kernel/wgsl.js'
import type { Traits } from '../device/traits.js'
import { dotTask } from '../routines/dotTask.js'
import { routineTasks } from '../routines/routineTasks.js'
import type { Item, TiledPlan } from './fuseTiles.js'
import type { Work } from './scheduleWork.js'
import type { Task } from './task.js'
import { footprintOf } from './footprint.js'

/** The steps of a plan as tasks with their footprints; steps that do nothing are left out. */
export function workOf(plan: TiledPlan, traits: Traits): Work[] {
  return plan.steps.flatMap((step) => work(plan, traits, step, 0))
}

/** A step within `depth` loops; in a tile-fused group, `tilesInPartition` tiles cover the whole partition. */
export function work(plan: TiledPlan, traits: Traits, step: Item, depth: number, tilesInPartition = 1): Work[] {
  if (step.kind === 'tileFused') {
    const { steps, tilesInPartition: tiles, ...loop } = step
    return [{ ...loop, depth, items: steps.flatMap((s) => work(plan, traits, s, depth + 1, tiles)) }]
  }
  if (step.kind === 'loop') {
    const items = step.length === 0 ? [] : step.steps.flatMap((s) => work(plan, traits, s, depth + 1, tilesInPartition))
    const footprint = items.flatMap((i) => (i.kind === 'tileFused' ? [] : i.footprint))
    return items.length === 0 ? [] : [{ kind: 'loop', length: step.length, depth, items, footprint }]
  }
  const at = (o: Operand): string => baseOf(plan, o)
  const task =
    step.kind === 'kernel'
      ? kernelTask(step.kernel, { loads: step.loads.map(at), stores: step.stores.map(at) }, traits)
      : routineTask(step.routine, traits, step.ins.map(at), step.outs.map(at), tilesInPartition)
  return task.emit(256).groups === 0 ? [] : [{ kind: 'leaf', task, footprint: footprintOf(plan, step) }]
}

function routineTask(
  routine: Routine,
  traits: Traits,
  ins: readonly string[],
  [out = '']: readonly string[],
  tilesInPartition: number,
): Task {
  if (routine.kind === 'dot') return dotTask(routine, traits, ins[0]!, ins[1]!, out, tilesInPartition)
  const make: (r: never, ...operands: string[]) => Task = routineTasks[routine.kind]
  return make(routine as never, ...ins, out)
}

/**
 * Length of a run's table of addresses: the workspace, the inputs and the outputs, each as the element of the arena at
 * which it starts.
 */
export const tableSize = (plan: Pick<Plan, 'inputs' | 'outputs'>): number => 1 + plan.inputs + plan.outputs

/**
 * WGSL for the element at which an operand starts; d0, d1 … are the indices of the enclosing loops, `o` is the number
 * of the workgroup's scratch.
 */
function baseOf(plan: TiledPlan, operand: Operand): string {
  const slot = plan.slots[operand.slot]!
  const entry = slot.kind === 'temporary' ? 0 : slot.kind === 'input' ? 1 + slot.index : 1 + plan.inputs + slot.index
  const constant = operand.offset + (slot.kind === 'temporary' ? slot.byteOffset / 4 : 0)
  const terms = operand.advance.flatMap((by, depth) => (by === 0 ? [] : [`d${depth} * ${u32(by)}`]))
  const scratchStride = plan.scratchStrides.get(operand.slot)
  const parts = [
    `p[${entry >> 2}].${'xyzw'[entry & 3]}`,
    ...(constant === 0 ? [] : [u32(constant)]),
    ...(scratchStride === undefined ? [] : [`o * ${u32(scratchStride / 4)}`]),
    ...terms,
  ]
  return parts.length === 1 ? parts[0]! : `(${parts.join(' + ')})`
}
