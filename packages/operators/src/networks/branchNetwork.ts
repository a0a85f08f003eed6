import type { OperatorNetwork, Tensor, Tree } from '@spikeward/core'

/** An operator network whose code is z = branch features · W + b. Least squares then gives the readout W, b in closed form. */
export interface BranchNetwork<V extends Tree> extends OperatorNetwork<V, Tensor> {
  /** Features of the branch [N, width], before its readout. */
  branchFeatures(variables: V, f: Tensor): Tensor
}
