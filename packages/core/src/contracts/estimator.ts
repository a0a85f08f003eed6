import type { Key } from '../key.js'
import type { Tensor } from '../tensor.js'
import type { Tree } from '../tree.js'
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
 * A gradient estimator: a record of pure functions. `S` is what it carries from step to step (`{}` for most).
 * `unbiased` is meant with respect to the surrogate derivative: the expectation over the key is what `bp` gives.
 */
export interface Estimator<S extends Tree = Tree> {
  readonly name: string
  /** What it asks of the loss: values only, directional derivatives, or reverse mode. */
  readonly needs: 'evaluate' | 'jvp' | 'vjp'
  readonly unbiased: boolean
  init<P extends Tree>(params: P): S
  estimate<P extends Tree>(loss: Loss<P>, params: P, state: S, ctx: { key: Key }): Estimate<S, P>
}
