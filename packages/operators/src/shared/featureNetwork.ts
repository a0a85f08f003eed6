import type { Affine, Network, Tensor, Tree } from '@spikeward/core'

/** A network whose outputs are an affine function of features, so that its readout has a closed-form solution. */
export interface FeatureNetwork<V extends Tree> extends Network<V> {
  /** Features [batch, width] at x [batch, inputs]. The readout applies to these features minus `fixed.centre`. */
  features(variables: V, x: Tensor): Tensor
}

/** The part of the learned variables that {@link solveReadout} replaces. */
export type WithReadout = { readonly readout: Affine; readonly [name: string]: Tree }

/** The part of the fixed variables that {@link solveReadout} reads. */
export type WithCentre = {
  /** Mean features at initialisation, [width]. */
  readonly centre: Tensor
  /** Outputs are shift + scale · affine; both [outputs]. */
  readonly output: { readonly shift: Tensor; readonly scale: Tensor }
  readonly [name: string]: Tree
}
