import type { Key } from '../numpy/key.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'

/** A network: parameters from a key, outputs from parameters and inputs. */
export interface Network<P extends Tree = Tree, I extends Tree = Tensor, O extends Tree = Tensor> {
  readonly name: string
  init(key: Key): P
  apply(params: P, x: I, ctx?: { key: Key }): O
  /** Its affine layers, in the order of the forward pass, the readout last. Absent: the network does not show them. */
  readonly affineLayers?: readonly AffineLayer[]
  /**
   * The forward pass with a perturbation added to the pre-activation of each affine layer; null adds nothing. Present exactly
   * when `affineLayers` is.
   */
  perturb?(params: P, x: I, perturbations: readonly (Tensor | null)[]): Perturbed<O>
  /**
   * E [m, N, n], the derivative of the mean rate of neuron j of affine layer l by its weight from input i, Eᵢₙⱼ = ∂rₙⱼ/∂Wᵢⱼ, for the spikes
   * that the layer is given. Absent: the network does not compute it.
   */
  synapses?(params: P, x: I, l: number): Tensor
  /** Records the neurons of each hidden layer at the inputs x. Absent: the network does not show its neurons. */
  record?(params: P, x: I): readonly LayerRecord[]
}

/** Spikes and membranes of a hidden layer after each time step, both [T, N, n]; [] for neurons without a membrane. */
export type LayerRecord = { readonly spikes: Tensor; readonly membranes: Tensor | readonly [] }

/** An affine layer a = xW + b. Its pre-activation a can be perturbed, and its gradient formed from x and the error signal ∂ℓ/∂a. */
export interface AffineLayer {
  /**
   * Paths of weight [m, n] and bias [n] in the trained parameters, as `treePaths` names them. A null weight means that
   * there is only a bias, with m = 1 and x = 0.
   */
  readonly weight: string | null
  readonly bias: string
  /** m and n. */
  readonly fanIn: number
  readonly units: number
  /**
   * How the pre-activation depends on time: `constant` where x is the same at every step (the first layer under a
   * constant current, the readout of rates), so that ∂L/∂W = xᵀ Σ_t δ_t exactly; `varying` where x is a spike train.
   */
  readonly input: 'constant' | 'varying'
  /**
   * Whether the layer is residual: a = xW + b + a', with a' the pre-activation of the layer before, of as many units. An error at a then
   * reaches a' with the factor 1 as well. Absent: no.
   */
  readonly residual?: boolean
  /** Ŵ, the matrix that multiplies x, as a function of the weight alone: a = xŴ(W) + b. Absent: Ŵ = W. */
  readonly weightMap?: WeightMap
  /**
   * Paths of learned coefficients of the layer's neurons, such as leaks: [n], where entry j acts only on neuron j, or a
   * scalar that all neurons share. Absent: none.
   */
  readonly coefficients?: readonly string[]
}

/** A fixed function Ŵ(W) of a weight [m, n], and its adjoint. Column j of Ŵ depends on column j of W alone, which is local to neuron j. */
export interface WeightMap {
  /** Ŵ [m, n]. It is W itself if W is a value of this function, up to rounding. */
  of(weight: Tensor): Tensor
  /** ∇W from ∇Ŵ: the adjoint of the derivative of `of` at W. */
  pull(weight: Tensor, cotangent: Tensor): Tensor
}

/** The result of a forward pass whose pre-activations are perturbed. */
export interface Perturbed<O extends Tree> {
  readonly output: O
  /** The input x of each affine layer, [N, m], averaged over time if it varies. */
  readonly presynaptic: readonly Tensor[]
}
