import type { Key } from '../numpy/key.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'

/** A network: parameters from a key, outputs from parameters and inputs. */
export interface Network<P extends Tree = Tree, I extends Tree = Tensor, O extends Tree = Tensor> {
  readonly name: string
  init(key: Key): P
  apply(params: P, x: I, ctx?: { key: Key }): O
  /** Its affine layers, in the order of the forward pass, the readout last, for chips. Absent: the network does not show them. */
  readonly affineLayers?: readonly AffineLayer[]
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

/** An affine layer a = xW + b, as a chip places it. Estimators find layers in the program instead: see `layersOf`. */
export interface AffineLayer {
  /** Paths of weight [m, n] and bias [n] in the trained parameters, as `treePaths` names them. */
  readonly weight: string
  readonly bias: string
  /** m and n. */
  readonly fanIn: number
  readonly units: number
  /** Whether x is the same at every time step, or a spike train. */
  readonly input: 'constant' | 'varying'
  /** Whether the layer is residual: a = xW + b + a', with a' the pre-activation of the layer before, of as many units. Absent: no. */
  readonly residual?: boolean
}
