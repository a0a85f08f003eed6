import type { Key } from '../numpy/key.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'

/** A network: parameters from a key, outputs from parameters and inputs. */
export interface Network<P extends Tree = Tree, I extends Tree = Tensor, O extends Tree = Tensor> {
  readonly name: string
  init(key: Key): P
  apply(params: P, x: I, ctx?: { key: Key }): O
  /**
   * E [m, N, n], the derivative of the mean rate of neuron j of affine layer l by its weight from input i, Eᵢₙⱼ = ∂rₙⱼ/∂Wᵢⱼ, for the spikes
   * that the layer is given. Absent: the network does not compute it.
   */
  synapses?(params: P, x: I, l: number): Tensor
}
