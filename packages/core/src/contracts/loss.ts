import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'
import type { Layer } from '../layers/layerProgram.js'

/**
 * A scalar function of the parameters, which an estimator differentiates. It is pure; everything else that it needs (points,
 * keys) is closed over. Estimators that use the structure of the loss find it in `parts`, or in `sequence` if it is a loss over time.
 */
export interface Loss<P extends Tree> {
  (params: P): Tensor
  readonly parts?: LossParts<P>
  readonly sequence?: SequenceParts<P>
}

/** A function of parameters with the same value and other derivatives. */
export type OtherDerivatives<P extends Tree> = <A extends readonly Tree[], R extends Tree>(
  fn: (params: P, ...rest: A) => R,
) => (params: P, ...rest: A) => R

/** How a forward pass with perturbations runs. */
export type Forward<P extends Tree> = {
  /** The network with other derivatives, such as those of `traces`; default: its own. */
  readonly derivatives?: OtherDerivatives<P>
  /** Whether its value moves; `kept` for perturbations of zero, see `PerturbOptions`. Default `moved`. */
  readonly value?: 'moved' | 'kept'
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
  /**
   * Whether the residuals take exact derivatives of the network in its coordinates: a layer is then used for the values and again for each
   * derivative, and `layers` lists every use. Default: no.
   */
  readonly derivatives?: boolean
  /** The network's layers, in the order of the forward pass; the last is the readout. */
  layers(params: P): readonly Layer[]
  /**
   * The forward pass with a perturbation added to the pre-activation of each layer, and the mean input of each. Null adds nothing.
   */
  forward(
    params: P,
    perturbations: readonly (Tensor | null)[],
    how?: Forward<P>,
  ): { readonly output: Tensor; readonly presynaptic: readonly Tensor[] }
  /** The gradient from the input of each layer and the error signal δ at its pre-activation, summed over samples; see `layerGradient`. */
  gradient(params: P, presynaptic: readonly Tensor[], deltas: readonly (Tensor | null)[]): P
  /** Per-sample losses [N] from the output [S·N, outputs]. */
  head(output: Tensor): Tensor
  /**
   * Residuals r [N · R], the R residuals of a sample in sequence, with L = mean(r²), if the loss is a least-squares
   * loss; else null.
   */
  readonly residuals: ((output: Tensor) => Tensor) | null
  /**
   * The same loss as a mean over other samples, with other layers: the samples of an operator network's branch are
   * functions, those of its trunk are points. No layer belongs to two views.
   */
  readonly others?: readonly LossParts<P>[]
}

/**
 * The structure of a loss over time, for estimators that carry traces through the time step of any network:
 *
 *     (h_t, y_t) = step(θ, h_{t−1}, drive_t),   L = (1/N) Σₙ Σ_t head(y_t)ₙ
 */
export interface SequenceParts<P extends Tree> {
  /** N. */
  readonly samples: number
  /** Sequences with time as axis 0; every step gets one slice of each. */
  readonly drive: Tree
  /** The states before the first step, with samples along axis 0. */
  rest(): Tree
  /** One time step: the next states, and y_t [N, outputs]. */
  step(params: P, state: Tree, now: Tree): readonly [Tree, Tensor]
  /** The samples' losses of one step, [N], from y_t and one slice of the drive. */
  head(output: Tensor, now: Tree): Tensor
}
