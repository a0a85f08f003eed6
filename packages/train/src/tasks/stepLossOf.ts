import type { Key, LossParts, SequenceParts, Tensor, Tree } from '@spikeward/core'
import type { StepLoss } from '../fit/trainStep.js'
import type { Task } from './task.js'

/** The arguments of a task's objective other than the learned variables. */
export type TaskArguments<F extends Tree = Tree, D extends Tree = Tree> = { readonly fixed: F; readonly data: D }

/**
 * Converts a task's objective, with its parts if it has any, to the loss that `trainStep` takes.
 *
 * @example
 * const { init, step } = trainStep(stepLossOf(task), rfg(), adam(1e-3))
 */
export function stepLossOf<P extends Tree, F extends Tree, D extends Tree>({
  objective,
  parts,
  sequence,
}: Task<P, F, D>): StepLoss<P, TaskArguments<F, D>> {
  const loss = (trained: P, { fixed, data }: TaskArguments<F, D>, key: Key, step?: Tensor): Tensor =>
    objective(trained, fixed, data, key, step)
  return Object.assign(loss, {
    ...(parts === undefined
      ? {}
      : {
          parts: ({ fixed, data }: TaskArguments<F, D>, key: Key, step?: Tensor): LossParts<P> =>
            parts(fixed, data, key, step),
        }),
    ...(sequence === undefined
      ? {}
      : {
          sequence: ({ fixed, data }: TaskArguments<F, D>, key: Key, step?: Tensor): SequenceParts<P> =>
            sequence(fixed, data, key, step),
        }),
  })
}
