import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'
import type { AffineLayer } from './network.js'

/**
 * A scalar function of the parameters, which an estimator differentiates. It is pure; everything else that it needs (points,
 * keys) is closed over. Estimators that use the structure of the loss find it in `parts`.
 */
export interface Loss<P extends Tree> {
  (params: P): Tensor
  readonly parts?: LossParts<P>
}

/**
 * The structure of a loss that is a mean over samples of a function of a network's output:
 * L(θ) = (1/N) Σₙ head(output)ₙ, output = forward(θ, no perturbations).
 */
export interface LossParts<P extends Tree> {
  /** N. */
  readonly samples: number
  /**
   * S, the evaluations of the network that a sample's loss takes; absent: 1. The residual of an equation at one point takes the field at
   * several. Perturbations, presynaptic inputs and the output have S·N rows then: evaluation s of sample n is row s·N + n.
   */
  readonly evaluations?: number
  /** The network's affine layers, in the order of the forward pass; the last is the readout. */
  readonly affineLayers: readonly AffineLayer[]
  /** The forward pass with a perturbation added to the pre-activation of each affine layer; see `Network.perturb`. */
  forward(
    params: P,
    perturbations: readonly (Tensor | null)[],
  ): { readonly output: Tensor; readonly presynaptic: readonly Tensor[] }
  /** The derivative of each neuron's rate by each of its weights, [m, S·N, n]; see `Network.synapses`. Absent: not known. */
  synapses?(params: P, l: number): Tensor
  /** Per-sample losses [N] from the output [S·N, outputs]. */
  head(output: Tensor): Tensor
  /**
   * Residuals r [N · R], the R residuals of a sample in sequence, with L = mean(r²), if the loss is a least-squares
   * loss; else null.
   */
  readonly residuals: ((output: Tensor) => Tensor) | null
  /**
   * The cotangent ∂ℓₙ/∂a of the readout's pre-activation a, [S·N, units], from the output of `forward`. For readouts of many units
   * with an affine map behind them it takes one or two products. Absent: estimators use one tangent for each unit.
   */
  readoutCotangent?(params: P, output: Tensor): Tensor
  /**
   * The same loss as a mean over other samples, with other affine layers: the samples of an operator network's branch are
   * functions, those of its trunk are points. No affine layer belongs to two views.
   */
  readonly others?: readonly LossParts<P>[]
}
