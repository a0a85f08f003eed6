import { type FloatDType, type Spike, type Tensor, SpikewardError } from '@spikeward/core'
import type { NirArray, NirNode } from '../graph/nirData.js'

/** Tensors that a node carries from step to step. */
export type NodeState = Readonly<Record<string, Tensor>>

/** The operation of a node in a step. */
export interface Executor {
  /** Parameters that training changes by default: weights and biases. */
  readonly learned: readonly string[]
  /** All parameters, in the shape in which `step` takes them. */
  readonly parameters: Readonly<Record<string, NirArray>>
  /** Shape of its output, without batch and time. */
  readonly shape: readonly number[]
  /** State before the first step for `batch` samples; null for a node without state. */
  rest(batch: number): NodeState | null
  step(parameters: NodeState, state: NodeState, x: Tensor): { readonly state: NodeState; readonly output: Tensor }
}

/** The arguments of executors. */
export interface Execution {
  /** Length of a step in seconds; null if none is given. */
  readonly dt: number | null
  readonly dtype: FloatDType
  readonly spike: Spike
}

/** Makes the executor of a node whose input has the given shape. */
export type MakeExecutor = (name: string, node: NirNode, input: readonly number[], execution: Execution) => Executor

/**
 * The length of a step, which a node with a time constant requires.
 *
 * @throws NIR_DT_MISSING
 */
export function needDt(name: string, type: string, dt: number | null): number {
  if (dt !== null) return dt
  throw new SpikewardError(
    'NIR_DT_MISSING',
    `node '${name}' of type ${type} evolves in continuous time, and neither the file nor the caller specifies the length of a step; give dt in seconds, such as 1e-3`,
  )
}
