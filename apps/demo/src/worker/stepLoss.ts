import type { Key, Loss, Tree } from '@spikeward/core'
import type { Points, StepLoss, Task } from '@spikeward/train'

/** Everything that a step's loss reads besides the parameters. */
export type Given<F extends Tree> = { readonly fixed: F; readonly data: Points }

/** The loss of a task's step and its parts, in the form that `trainStep` and estimators take. */
export function stepLoss<P extends Tree, F extends Tree>(task: Task<P, F, Points>): StepLoss<P, Given<F>> {
  const value = (p: P, { fixed, data }: Given<F>, key: Key) => task.objective(p, fixed, data, key)
  const { parts } = task
  return parts === undefined
    ? value
    : Object.assign(value, { parts: ({ fixed, data }: Given<F>, key: Key) => parts(fixed, data, key) })
}

/** The same for one mini-batch, drawn by `key`. */
export function batchLoss<P extends Tree, F extends Tree>(
  task: Task<P, F, Points>,
  given: Given<F>,
  key: Key,
): Loss<P> {
  const value = (p: P) => task.objective(p, given.fixed, given.data, key)
  const parts = task.parts?.(given.fixed, given.data, key)
  return parts === undefined ? value : Object.assign(value, { parts })
}
