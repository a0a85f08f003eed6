import type { Key } from '../numpy/key.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'

/** A network: parameters from a key, outputs from parameters and inputs. */
export interface Network<P extends Tree = Tree, I extends Tree = Tensor, O extends Tree = Tensor> {
  readonly name: string
  init(key: Key): P
  apply(params: P, x: I, ctx?: { key: Key }): O
  /**
   * The affine maps inside, in the order of the forward pass, the readout last. Absent: the network does not show them.
   */
  readonly sites?: readonly Site[]
  /** The forward pass, looked into; present exactly when `sites` is. */
  probe?(params: P, x: I, probes: readonly (Tensor | null)[]): Probed<O>
}

/** An affine map a = xW + b: a place where activity can be perturbed and a local gradient formed. */
export interface Site {
  /**
   * Paths of weight [m, n] and bias [n] in the trained parameters, as `treePaths` names them. A weight of null: a bias
   * alone, with m = 1 and x = 0.
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
}

/** What a probed forward pass shows. */
export interface Probed<O extends Tree> {
  readonly output: O
  /** For each site its input x, averaged over time where it varies: [N, m]. */
  readonly presynaptic: readonly Tensor[]
}
