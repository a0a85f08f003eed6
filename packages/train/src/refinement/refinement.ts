import type { Key, Region, Tensor, Tree } from '@spikeward/core'

/**
 * The data of a run that a refinement may read. All values are functions of the current variables, computed forward
 * only.
 */
export type RefinementSource = {
  /** Names of the axes, in order. */
  readonly axes: readonly string[]
  readonly interior: Region
  /** Points that a step evaluates. */
  readonly count: number
  /** Squared residuals of the equation at points x [M, axes], summed over its components: [M]. */
  residuals(x: Tensor): Tensor
  /** The terms of the loss at given parameters as unweighted mean squares, the equation's first: [1 + conditions]. */
  terms(trained: Tree): Tensor
  readonly trained: Tree
  readonly key: Key
}

/** The points of a run's residual and their weights, which stay between two draws. */
export type CollocationState = {
  /** [P, axes]. */
  readonly points: Tensor
  /** Weights of the squared residuals at the points, [P]. */
  readonly weights: Tensor
  /** Weights of the terms of the loss, the equation's first: [1 + conditions]. */
  readonly balance: Tensor
}

/**
 * Chooses points or weights of a residual every few steps, from the current state of the network. A record of pure
 * functions.
 */
export type Refinement = {
  readonly name: string
  /** Steps between two draws. */
  readonly every: number
  /** Chooses the points. Default: uniform. */
  points?(source: RefinementSource): Tensor
  /** Weighs the points; several refinements multiply. */
  weights?(source: RefinementSource, points: Tensor): Tensor
  /** Weighs the terms of the loss, from their last weights. */
  balance?(source: RefinementSource, last: Tensor): Tensor
}
