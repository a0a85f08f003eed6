import type { Coords, OperatorNetwork, Tensor, Tree } from '@spikeward/core'

/**
 * An operator network whose code is z = branch features · W + b. Least squares then gives the readout W, b in closed
 * form.
 */
export interface BranchNetwork<V extends Tree> extends OperatorNetwork<V, Tensor> {
  /** Features of the branch [N, width], before its readout. */
  branchFeatures(variables: V, f: Tensor): Tensor
}

/**
 * An operator network of one trunk: with one output the field is affine in its readout V, v of t = trunk features · V +
 * v. Least squares then gives it in closed form.
 */
export interface TrunkNetwork<V extends Tree> extends OperatorNetwork<V, Tensor> {
  /** Features of the trunk [P, width], before its readout. */
  trunkFeatures(variables: V, at: Coords): Tensor
}

/** The parts of a network that follow from its encoder and its decoder; it satisfies no condition by construction. */
export const coded = <V extends Tree, Z extends Tree, F = Tensor>({
  encode,
  decode,
}: Pick<OperatorNetwork<V, Z, F>, 'encode' | 'decode'>): Pick<
  OperatorNetwork<V, Z, F>,
  'satisfies' | 'encode' | 'decode' | 'apply'
> => ({ satisfies: [], encode, decode, apply: (v, f, at) => decode(v, encode(v, f), at) })
