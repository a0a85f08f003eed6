/** A network on a problem, opened for `tuned`. */
import type { Key, Tensor, Tree, Variables } from '@spikeward/core'
import type { StepLoss, Task } from '@spikeward/train'

/** The settings of a network and its batches. */
export type NetworkSettings = {
  readonly hidden: readonly number[]
  readonly time: number
  readonly batch: number
  readonly beta: number
  /** Residual layers. Absent: no. */
  readonly residual?: true
  /** Weights of hidden layers above the first are standardised. Absent in older runs: no. */
  readonly standardiseWeights?: true
  /** Derivatives pass the reset, through the surrogate of its spike. Absent: no. */
  readonly attachedReset?: true
}

/** The arguments of a step besides the parameters. */
export type Given<F extends Tree, D extends Tree> = { readonly fixed: F; readonly data: D }

/** A network on a problem: its task, and its errors. */
export type Opened<P extends Tree, F extends Tree, D extends Tree> = {
  readonly task: Task<P, F, D>
  /** The weights of the hidden layers, first layer first. */
  weights(trained: P): readonly Tensor[]
  /** Relative L2 error. */
  error(variables: Variables<P, F>, split: 'validation' | 'test'): Promise<number>
  /** The same on the test split for untrained hidden layers and the readout of a ridge regression. */
  ridge(untrained: Variables<P, F>): Promise<number>
}

/** The loss of a step of a task, with its parts if it has any. */
export function stepLoss<P extends Tree, F extends Tree, D extends Tree>(
  task: Task<P, F, D>,
): StepLoss<P, Given<F, D>> {
  return Object.assign(
    (p: P, { fixed, data }: Given<F, D>, k: Key) => task.objective(p, fixed, data, k),
    task.parts === undefined ? {} : { parts: ({ fixed, data }: Given<F, D>, k: Key) => task.parts!(fixed, data, k) },
  )
}
