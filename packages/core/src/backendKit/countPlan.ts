import { bytesOf } from '../tensor/dtype.js'
import { sizeOf } from '../tensor/aval.js'
import type { Access, Kernel } from '../plan/kernel.js'
import type { Plan, Routine, Step } from '../plan/plan.js'
import { stageOf } from '../plan/stages.js'

/**
 * Work of one run of a plan: floating-point operations, and bytes of memory traffic without any cache.
 */
export interface Count {
  readonly flops: number
  readonly bytes: number
}

/**
 * Counts a plan's work. Every node of a kernel is one operation at every point of its stage; a product is 2·b·m·n·k.
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
          : countRoutine(step.routine)
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

function countRoutine(r: Routine): Count {
  const size = bytesOf(r.dtype)
  switch (r.kind) {
    case 'dot': {
      const a = (r.a.batch === 0 ? 1 : r.batch) * r.m * r.k
      const b = (r.b.batch === 0 ? 1 : r.batch) * r.k * r.n
      return { flops: 2 * r.batch * r.m * r.n * r.k, bytes: size * (a + b + r.batch * r.m * r.n) }
    }
    case 'gather':
      return { flops: 0, bytes: 2 * size * r.count * r.width + 4 * r.count }
    case 'scatterAdd':
      return { flops: r.count * r.width, bytes: size * (2 * r.count * r.width + r.rows * r.width) + 4 * r.count }
    case 'cholesky':
      return { flops: (r.batch * r.n ** 3) / 3, bytes: 2 * size * r.batch * r.n * r.n }
    case 'triangularSolve':
      return { flops: r.batch * r.n * r.n * r.m, bytes: size * r.batch * (r.n * r.n + 2 * r.n * r.m) }
  }
}
