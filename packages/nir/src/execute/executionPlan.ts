import { type FloatDType, type Spike, cast, greater } from '@spikeward/core'
import { malformed } from '../graph/nodeTypes.js'
import { type NirGraph, type NirValue, isArray, toDoubles } from '../graph/nirData.js'
import { dtOf } from '../graph/metadata.js'
import type { Executor } from './executor.js'
import { executorOf } from './executors.js'
import { type FlatGraph, flattenGraph } from './flattenGraph.js'

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
function scheduleNodes({ edges, input, output }: FlatGraph): readonly Scheduled[] {
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

/** A scheduled node with its executor. */
export type Part = Scheduled & { readonly type: string; readonly executor: Executor }

/** All nodes of a graph in the order in which they act within a step. */
export interface ExecutionPlan {
  readonly parts: readonly Part[]
  readonly input: string
  readonly output: string
}

/** How a graph is executed. */
export interface HowToExecute {
  readonly dt: number | undefined
  readonly dtype: FloatDType
  readonly spike: Spike | undefined
}

const step: Spike = (u) => cast(greater(u, 0), u.dtype)

const declaredShape = (value: NirValue | undefined): number[] | undefined =>
  isArray(value) ? [...toDoubles(value)] : undefined

/** Executors of all nodes in their order. The shape of a node's input is that of its first source. */
export function planExecution(graph: NirGraph, { dt, dtype, spike = step }: HowToExecute): ExecutionPlan {
  const flat = flattenGraph(graph)
  const execution = { dt: dt ?? dtOf(flat.metadata), dtype, spike }
  const shapes = new Map<string, readonly number[]>()
  const parts = scheduleNodes(flat).map((scheduled): Part => {
    const { name, sources } = scheduled
    const node = flat.nodes.get(name)!
    const input = sources.length === 0 ? declaredShape(node.parameters['shape']) : shapes.get(sources[0]!)
    if (input === undefined) throw malformed(`the shape of the input of node '${name}' cannot be determined`)
    const executor = executorOf(name, node, input, execution)
    shapes.set(name, executor.shape)
    return { ...scheduled, type: node.type, executor }
  })
  return { parts, input: flat.input, output: flat.output }
}
