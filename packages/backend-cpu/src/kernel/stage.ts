import { argsOf, type Loop } from './graph.js'

/** When a node of a loop is evaluated: before the time loop, at every step, or after it. */
export type Stage = 'before' | 'each' | 'after'

/** The stage of every node: as late as the latest of its arguments. */
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
