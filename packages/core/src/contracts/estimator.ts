import type { Key } from '../numpy/key.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'
import type { Loss } from './loss.js'

/** What one estimate cost and how well it did. Every entry is a scalar tensor, so that it can be a result of `jit`. */
export interface Stats extends Record<string, Tensor> {
  /**
   * Cost in forward passes of the network: 1 for an evaluation, 1 + K for the primal with K tangents, 3 for
   * back-propagation.
   */
  forwardEquivalents: Tensor
}

/** One estimate: the loss at the parameters, an estimate of its gradient, the next state, its cost. */
export type Estimate<S extends Tree, P extends Tree> = {
  value: Tensor
  grad: P
  state: S
  stats: { forwardEquivalents: Tensor } & { [name: string]: Tensor }
}

/**
 * Where the mean of an estimate over the key is the gradient, meant through the surrogate slopes: what `bp` gives.
 *
 * - `true`: for every loss that the estimator takes, whatever the network.
 * - `'oneHiddenLayer'`: where one layer of neurons lies between an input that is constant in time and a readout of
 *   rates. Above a layer of spikes it is biased: what varies together in time, presynaptic spikes and the neuron's
 *   credit, is taken apart (see `Site.input`), or the credit of the layers below is a guess.
 * - `false`: not even there; a finite difference, a step, a shrunk or normalised gradient.
 *
 * `describeEstimator` of @spikeward/testkit tests it in both directions.
 */
export type Unbiased = boolean | 'oneHiddenLayer'

/**
 * A gradient estimator: a record of pure functions. `S` is what it carries from step to step (`{}` for most).
 *
 * `init` and `estimate` are methods on purpose: TypeScript compares these in both directions, so that an
 * `Estimator<S>` is an `Estimator` wherever only what it gave itself is handed back to it.
 */
export interface Estimator<S extends Tree = Tree> {
  readonly name: string
  /** What it asks of the loss: values only, directional derivatives, or reverse mode. */
  readonly needs: 'evaluate' | 'jvp' | 'vjp'
  readonly unbiased: Unbiased
  init<P extends Tree>(params: P): S
  estimate<P extends Tree>(loss: Loss<P>, params: P, state: S, ctx: { key: Key }): Estimate<S, P>
}
