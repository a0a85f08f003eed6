import type { Tree } from '../tensor/tree.js'

/**
 * A transform of gradients into updates, in the style of optax: `update` returns the change that is **added** to the
 * parameters. An optimiser is a chain of such transforms.
 */
export interface Optimizer<S extends Tree = Tree> {
  readonly name: string
  init<P extends Tree>(params: P): S
  update<P extends Tree>(grad: P, state: S, params: P): { updates: P; state: S }
}

/** The state of an estimator or an optimiser that keeps nothing. */
export type Stateless = { readonly [name: string]: never }
