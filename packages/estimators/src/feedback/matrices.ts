import { SpikewardError, treeLeaves } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'
import type { Layer } from '../layers/locate.js'

/**
 * The tensors of two or more axes among the parameters, each with its position among the leaves: the possible weights
 * of layers. An estimator keeps its state for each of them, since `init` sees the parameters before a loss names the
 * affine layers.
 */
export const matrices = (params: Tree): { readonly leaf: number; readonly tensor: Tensor }[] =>
  treeLeaves(params).flatMap((tensor, leaf) => (tensor.ndim >= 2 ? [{ leaf, tensor }] : []))

/** The position of a layer's weight among the matrices; null if the weight is not a parameter. */
export function matrixOf(params: Tree, layer: Layer): number | null {
  const found = matrices(params).findIndex(({ leaf }) => leaf === layer.weight)
  return found < 0 ? null : found
}

/** @throws OUTPUTS_MISMATCH if the number of outputs of the network differs from that of the state */
export function checkOutputs(estimator: string, outputs: number, found: number): void {
  if (outputs === found) return
  throw new SpikewardError(
    'OUTPUTS_MISMATCH',
    `${estimator}: made for ${outputs} outputs, but the network has ${found}; pass { outputs: ${found} }, since the state is made before the estimator sees the network`,
  )
}
