import { argsOf, type Stage } from '@spikeward/core/backend'
import type { Loop } from './kernelGraph.js'

/**
 * For every node and carry the axes on which its value depends, as a set of bits (bit a: axis a). A carry depends on
 * the axes of its initial and next value; the fixed point is reached after at most one pass for each carry.
 */
export function dependencies(loop: Loop): { nodes: readonly number[]; carries: readonly number[] } {
  const time = loop.time === null ? 0 : 1 << loop.time
  const carries = loop.carries.map(() => 0)
  for (;;) {
    const nodes: number[] = []
    for (const node of loop.nodes) {
      if (node.op === 'load') nodes.push(axesOf(loop.loads[node.operand]!.strides))
      else if (node.op === 'index') nodes.push(1 << node.axis)
      else if (node.op === 'carry') nodes.push(carries[node.carry]! | time)
      else if (node.op === 'final') nodes.push(carries[node.carry]!)
      else nodes.push(argsOf(node).reduce((set, a) => set | nodes[a]!, 0))
    }
    let changed = false
    for (const [i, c] of loop.carries.entries()) {
      const set = (carries[i]! | nodes[c.init]! | nodes[c.next]!) & ~time
      changed ||= set !== carries[i]
      carries[i] = set
    }
    if (!changed) return { nodes, carries }
  }
}

/** The axes along which an access varies, as a set of bits. */
export const axesOf = (strides: readonly number[]): number =>
  strides.reduce((set, s, a) => (s === 0 ? set : set | (1 << a)), 0)

/** The stage of every node: the latest stage among its arguments. */
export function stagesOf(loop: Loop, nodeAxes: readonly number[]): Stage[] {
  const time = loop.time === null ? 0 : 1 << loop.time
  const stages: Stage[] = []
  for (const [i, node] of loop.nodes.entries()) {
    const args = argsOf(node).map((a) => stages[a])
    if (node.op === 'final' || args.includes('after')) stages.push('after')
    else stages.push((nodeAxes[i]! & time) !== 0 ? 'each' : 'before')
  }
  return stages
}
