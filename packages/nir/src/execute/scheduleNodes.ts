import { malformed } from '../graph/graphErrors.js'
import type { FlatGraph } from './flattenGraph.js'

/** A node of the schedule, and the signals whose sum is its input. */
export interface Scheduled {
  readonly name: string
  /** Nodes whose output of the same step it reads. */
  readonly sources: readonly string[]
  /** Nodes whose output of the previous step it reads: the edges that close a cycle. */
  readonly delayedSources: readonly string[]
}

/**
 * The order in which the nodes that the input reaches act within a step. An edge that closes a cycle, found by a
 * depth-first search from the input, passes on its signal one step later; every other signal arrives in the same step.
 *
 * @throws NIR_MALFORMED if the output cannot be reached
 */
export function scheduleNodes({ edges, input, output }: FlatGraph): readonly Scheduled[] {
  const targets = groupTargets(edges)
  const state = new Map<string, 'open' | 'done'>()
  const delayed = new Set<string>()
  const order: string[] = []
  const stack: { readonly name: string; next: number }[] = [{ name: input, next: 0 }]
  state.set(input, 'open')
  while (stack.length > 0) {
    const top = stack.at(-1)!
    const target = targets.get(top.name)?.[top.next++]
    if (target === undefined) {
      state.set(top.name, 'done')
      order.unshift(top.name)
      stack.pop()
    } else if (!state.has(target)) {
      state.set(target, 'open')
      stack.push({ name: target, next: 0 })
    } else if (state.get(target) === 'open') delayed.add(edgeKey(top.name, target))
  }
  if (!state.has(output)) throw malformed(`no path leads from '${input}' to '${output}'`)
  return order.map((name) => {
    const into = edges.filter(([from, to]) => to === name && state.has(from))
    const isDelayed = ([from, to]: readonly [string, string]): boolean => delayed.has(edgeKey(from, to))
    return {
      name,
      sources: into.filter((e) => !isDelayed(e)).map(([from]) => from),
      delayedSources: into.filter(isDelayed).map(([from]) => from),
    }
  })
}

const edgeKey = (from: string, to: string): string => JSON.stringify([from, to])

function groupTargets(edges: FlatGraph['edges']): Map<string, string[]> {
  const targets = new Map<string, string[]>()
  for (const [from, to] of edges) targets.set(from, [...(targets.get(from) ?? []), to])
  return targets
}
