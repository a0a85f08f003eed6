import { SpikewardError } from '../errors.js'
import type { Kernel, KernelNode } from './kernel.js'

/** When a node is evaluated: before the time loop, at every step of it, or after it. */
export type Stage = 'before' | 'each' | 'after'

/** The nodes that a node reads; a backend's own operations have `args` too. */
export const argsOf = (node: KernelNode | { readonly args: readonly number[] }): readonly number[] =>
  'args' in node ? node.args : []

/**
 * The stage of every node of a kernel.
 *
 * A `carry`, a time coordinate and a load that moves along the time axis are `each`; a `final` is `after`; any other
 * node is as late as the latest of its arguments. Without a time axis every node is `before`.
 *
 * @throws INVALID_PLAN if a node depends both on a step and on a final state: no stage has both.
 */
export function stageOf(kernel: Kernel): Stage[] {
  const { time } = kernel
  const stages: Stage[] = []
  for (const [i, node] of kernel.nodes.entries()) {
    if (time === null) {
      stages.push('before')
      continue
    }
    const args = argsOf(node).map((a) => stages[a])
    const each = args.includes('each')
    const after = args.includes('after')
    if (each && after) {
      throw new SpikewardError(
        'INVALID_PLAN',
        `node ${i} of kernel ${kernel.name} reads both a value of one step and a final state; ` +
          'no stage has both; store one of them, or make it a carry',
      )
    }
    stages.push(after ? 'after' : each ? 'each' : ownStage(kernel, node, time))
  }
  return stages
}

function ownStage(kernel: Kernel, node: KernelNode, time: number): Stage {
  if (node.op === 'final') return 'after'
  if (node.op === 'carry') return 'each'
  if (node.op === 'index') return node.axis === time ? 'each' : 'before'
  if (node.op === 'load') return kernel.loads[node.operand]?.strides[time] ? 'each' : 'before'
  return 'before'
}
