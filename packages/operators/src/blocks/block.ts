import type { CoordinateDependence, FloatDType, Key, Perturbed, AffineLayer, Tensor, Tree } from '@spikeward/core'
import type { Affine } from '../shared/affine.js'
import type { Variables } from '../shared/variables.js'

/** What a block learns. A block may have more than layers and a readout, such as encoders or neurons' parameters. */
export type BlockTrained = {
  readonly layers: readonly Affine[]
  readonly readout: Affine
  readonly [name: string]: Tree
}

/** What a block's key fixed, such as membranes. */
export type BlockFixed = { readonly [name: string]: Tree }

/** Learned and fixed variables of a `Block`. */
export type BlockVariables = Variables<BlockTrained, BlockFixed>

/**
 * What branches and trunks are made of: a function of vectors, x [rows, inputs] ↦ [rows, outputs], affine in its
 * features. Smooth and spiking blocks are the same thing for the networks around them.
 */
export interface Block {
  readonly inputs: number
  readonly outputs: number
  readonly coordinates: CoordinateDependence
  /** `sample` [rows, inputs]: inputs as they will come, over which features are centred; else the block's own choice. */
  init(key: Key, sample?: Tensor): BlockVariables
  /** What the readout is applied to, [rows, width]. */
  features(variables: BlockVariables, x: Tensor): Tensor
  /** features · W + b. */
  apply(variables: BlockVariables, x: Tensor): Tensor
  /** Absent where the block does not show its affine maps. */
  readonly inside?: BlockInside
}

/** A block, looked into: as `affineLayers` and `perturb` of a network, with paths from the block's own variables. */
export interface BlockInside {
  readonly affineLayers: readonly AffineLayer[]
  perturb(variables: BlockVariables, x: Tensor, perturbations: readonly (Tensor | null)[]): Perturbed<Tensor>
}

/** What every maker of a block is told by the network around it. */
export type BlockPlace = { readonly inputs: number; readonly outputs: number; readonly dtype: FloatDType }
