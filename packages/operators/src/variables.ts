import type { Network, Tensor, Tree } from '@spikeward/core'

/**
 * What a network is made of. Estimators and optimisers see `trained` alone; `fixed` comes from the key as well, never
 * changes, and belongs into a checkpoint as much as the rest.
 */
export type Variables<P extends Tree = Tree, F extends Tree = Tree> = { readonly trained: P; readonly fixed: F }

/** Weight [in, out] and bias [out] of y = xW + b. */
export type Affine = { readonly weight: Tensor; readonly bias: Tensor }

/** A network whose outputs are an affine function of features, so that its readout can be solved for. */
export interface FeatureNetwork<V extends Tree> extends Network<V> {
  /** Features [batch, width] at x [batch, inputs]: what the readout is applied to, less `fixed.centre`. */
  features(variables: V, x: Tensor): Tensor
}

/** The part of the learned variables that {@link solveReadout} replaces. */
export type WithReadout = { readonly readout: Affine; readonly [name: string]: Tree }

/** The part of the fixed variables that the readout needs. */
export type WithCentre = {
  /** Mean features at initialisation, [width]. */
  readonly centre: Tensor
  /** Outputs are shift + scale · affine; both [outputs]. */
  readonly output: { readonly shift: Tensor; readonly scale: Tensor }
  readonly [name: string]: Tree
}
