import { cast, greater } from '@spikeward/core'
import type { FloatDType, Spike } from '@spikeward/core'
import { malformed } from '../graph/graphErrors.js'
import { isArray, toDoubles } from '../graph/nirData.js'
import type { NirGraph, NirValue } from '../graph/nirData.js'
import { dtOf } from '../graph/metadata.js'
import type { Executor } from './executor.js'
import { executorOf } from './executors.js'
import { flattenGraph } from './flattenGraph.js'
import { scheduleNodes } from './scheduleNodes.js'
import type { Scheduled } from './scheduleNodes.js'

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
