import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'
import type { Site } from './network.js'

/**
 * A scalar function of the parameters: what an estimator differentiates. Pure; everything else it needs (points, keys)
 * is closed over. Estimators that can use more than the number find it in `parts`.
 */
export interface Loss<P extends Tree> {
  (params: P): Tensor
  readonly parts?: LossParts<P>
}

/**
 * What a loss is made of, where it is a mean over samples of a function of a network's output:
 * L(θ) = (1/N) Σₙ head(output)ₙ, output = forward(θ, no probes).
 */
export interface LossParts<P extends Tree> {
  /** N. */
  readonly samples: number
  /** The network's affine maps, in the order of the forward pass; the last is the readout. */
  readonly sites: readonly Site[]
  /** The forward pass with a probe added to the pre-activation of each site; see `Network.probe`. */
  forward(
    params: P,
    probes: readonly (Tensor | null)[],
  ): { readonly output: Tensor; readonly presynaptic: readonly Tensor[] }
  /** Per-sample losses [N] from the output [N, outputs]. */
  head(output: Tensor): Tensor
  /** Residuals r [N · outputs] with L = mean(r²), where the loss is a least-squares one; else null. */
  readonly residuals: ((output: Tensor) => Tensor) | null
  /**
   * ∂ℓₙ/∂a at the readout's pre-activation a, [N, units], from the output of `forward`, in a product or two: for readouts of many
   * units, behind which the output is affine. Absent: a tangent for each unit finds the same.
   */
  credit?(params: P, output: Tensor): Tensor
  /**
   * The same loss as a mean over other samples, with sites of their own: an operator network's branch is seen function
   * by function, its trunk point by point. No site stands in two of them.
   */
  readonly others?: readonly LossParts<P>[]
}
