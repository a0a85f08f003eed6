import { bytesOf } from '../tensor/dtype.js'
import { sizeOf } from '../tensor/aval.js'
import type { Access, Kernel } from '../plan/kernel.js'
import type { Plan, Step } from '../plan/plan.js'
import type { Count } from '../routines/routineDeclaration.js'
import { routines } from '../routines/routines.js'
import { stageOf } from '../plan/stages.js'

/**
 * Counts a plan's work. Every node of a kernel is one operation at every point of its stage; a routine declares its own
 * count.
 */
export function countPlan(plan: Plan): Count {
  return countSteps(plan.steps)
}

function countSteps(steps: readonly Step[]): Count {
  let flops = 0
  let bytes = 0
  for (const step of steps) {
    const times = step.kind === 'loop' ? step.length : 1
    const one =
      step.kind === 'loop'
        ? countSteps(step.steps)
        : step.kind === 'kernel'
          ? countKernel(step.kernel)
          : routines[step.routine.kind].count(step.routine)
    flops += times * one.flops
    bytes += times * one.bytes
  }
  return { flops, bytes }
}

function countKernel(kernel: Kernel): Count {
  const stages = stageOf(kernel)
  const points = kernel.space.reduce((n, d, a) => (a === kernel.time ? n : n * d), 1)
  const length = kernel.time === null ? 1 : kernel.space[kernel.time]!
  let flops = kernel.stores.filter((s) => s.reduce !== null).length * points
  for (const [i, node] of kernel.nodes.entries())
    if ('args' in node) flops += points * (stages[i] === 'each' ? length : 1)
  const accessed = (access: Access): number =>
    bytesOf(access.dtype) * sizeOf(kernel.space.filter((_, a) => access.strides[a] !== 0))
  return { flops, bytes: [...kernel.loads, ...kernel.stores].reduce((n, access) => n + accessed(access), 0) }
}
