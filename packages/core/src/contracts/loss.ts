import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'

/**
 * A scalar function of the parameters, which an estimator differentiates. It is pure; everything else that it needs
 * (points, keys) is closed over. Estimators that use the structure of the loss find it in `parts`, or in `sequence` if
 * it is a loss over time.
 */
export interface Loss<P extends Tree> {
  (params: P): Tensor
  readonly parts?: LossParts<P>
  readonly sequence?: SequenceParts<P>
}

/**
 * The structure of a loss that is a mean over samples of a function of a network's output:
 * L(θ) = (1/N) Σₙ head(forward(θ, input))ₙ.
 */
export interface LossParts<P extends Tree> {
  /** N. */
  readonly samples: number
  /**
   * S, the evaluations of the network that a sample's loss takes; absent: 1. The residual of an equation at one point
   * takes the field at several. Input and output have S·N rows then: evaluation s of sample n is row s·N + n.
   */
  readonly evaluations?: number
  /**
   * Whether the residuals take exact derivatives of the network in its coordinates: a layer is then used for the values
   * and again for each derivative, and every use is a layer. Default: no.
   */
  readonly derivatives?: boolean
  /**
   * The samples, along axis 0. Layers that read nothing of them, or have other rows, belong to other views of the loss.
   */
  readonly input: Tree
  /** The network, in whose program estimators find the layers. */
  forward(params: Tree, input: Tree): Tensor
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
  /**
   * Where only some parameters of the network are free: all of them, and the path among the free ones for a path among
   * all.
   */
  readonly within?: { all(params: P): Tree; rename(path: string): string }
}

/**
 * The structure of a loss that is a mean over samples, with the types of its network.
 *
 * @example
 * const parts = lossParts({
 *   samples: x.shape[0]!,
 *   input: x,
 *   forward: (p, x) => network.apply({ trained: p, fixed }, x),
 *   head: (output) => mean(square(sub(output, y)), 1),
 *   residuals: (output) => reshape(sub(output, y), [-1]),
 * })
 */
export const lossParts = <P extends Tree, X extends Tree>(
  parts: Omit<LossParts<P>, 'input' | 'forward' | 'within'> & {
    readonly input: X
    forward(params: P, input: X): Tensor
  },
): LossParts<P> => parts

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
