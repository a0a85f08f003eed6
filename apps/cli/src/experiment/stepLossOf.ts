import type { Key, Tensor, Tree } from '@spikeward/core'
import type { StepLoss, Task } from '@spikeward/train'

/** The arguments of a task's objective besides the learned variables. */
export type Given = { readonly fixed: Tree; readonly data: Tree }

/** A task's objective as the loss of a step, with its parts if it has any. */
export function stepLossOf({ objective, parts }: Task): StepLoss<Tree, Given> {
  const loss = (trained: Tree, { fixed, data }: Given, key: Key): Tensor => objective(trained, fixed, data, key)
  if (parts === undefined) return loss
  return Object.assign(loss, { parts: ({ fixed, data }: Given, key: Key) => parts(fixed, data, key) })
}
