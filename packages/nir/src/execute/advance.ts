import { type FloatDType, type Tensor, add, zeros } from '@spikeward/core'
import type { ExecutionPlan } from './executionPlan.js'
import type { NodeState } from './executor.js'

/** Parameters of each node by its path, such as `lif` or `recurrent/w_rec`. Weights are transposed: [in, out]. */
export type NirParameters = Readonly<Record<string, Readonly<Record<string, Tensor>>>>

/** The variables that training changes, and those that stay fixed. */
export type NirVariables = { readonly trained: NirParameters; readonly fixed: NirParameters }

/** States of the nodes by path, and the signals that arrive a step later. */
export type Carry = {
  readonly states: Readonly<Record<string, NodeState>>
  readonly late: Readonly<Record<string, Tensor>>
}

/** The result of a step: the next carry, and the output of each node. */
export type Advanced = {
  readonly carry: Carry
  readonly results: ReadonlyMap<string, Tensor>
}

const delayedNames = ({ parts }: ExecutionPlan): readonly string[] => [
  ...new Set(parts.flatMap((p) => p.delayedSources)),
]

/** The carry before the first step, for `batch` samples. */
export function restOf(plan: ExecutionPlan, batch: number, dtype: FloatDType): Carry {
  const states = plan.parts.flatMap(({ name, executor }) => {
    const state = executor.rest(batch)
    return state === null ? [] : [[name, state] as const]
  })
  const shapes = new Map(plan.parts.map(({ name, executor }) => [name, executor.shape]))
  const late = delayedNames(plan).map((name) => [name, zeros([batch, ...shapes.get(name)!], dtype)] as const)
  return { states: Object.fromEntries(states), late: Object.fromEntries(late) }
}

/**
 * One step of all nodes.
 *
 * @param x the graph's input in this step
 */
export function advance(
  plan: ExecutionPlan,
  { trained, fixed }: NirVariables,
  { states, late }: Carry,
  x: Tensor,
): Advanced {
  const results = new Map<string, Tensor>()
  const next: Record<string, NodeState> = {}
  for (const { name, sources, delayedSources, executor } of plan.parts) {
    const arriving = [...sources.map((s) => results.get(s)!), ...delayedSources.map((s) => late[s]!)]
    const driven = (name === plan.input ? [x, ...arriving] : arriving).reduce((a, b) => add(a, b))
    const done = executor.step({ ...fixed[name], ...trained[name] }, states[name] ?? {}, driven)
    results.set(name, done.output)
    if (states[name] !== undefined) next[name] = done.state
  }
  const handed = Object.fromEntries(delayedNames(plan).map((name) => [name, results.get(name)!]))
  return { carry: { states: next, late: handed }, results }
}
