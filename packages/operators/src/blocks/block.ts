import type { Affine, CoordinateDependence, FloatDType, Key, Tensor, Tree, Variables } from '@spikeward/core'
import { mul, normal, zeros } from '@spikeward/core'

/** Learned variables of a block. It may have more than layers and a readout, such as encoders or neuron parameters. */
export type BlockTrained = {
  readonly layers: readonly Affine[]
  readonly readout: Affine
  readonly [name: string]: Tree
}

/** Fixed variables of a block, such as initial membranes. */
export type BlockFixed = { readonly [name: string]: Tree }

/** Learned and fixed variables of a `Block`. */
export type BlockVariables = Variables<BlockTrained, BlockFixed>

/**
 * A function of vectors, x [rows, inputs] ↦ [rows, outputs], affine in its features. Branches and trunks consist of
 * blocks; smooth and spiking blocks have the same interface.
 */
export interface Block {
  readonly inputs: number
  readonly outputs: number
  readonly coordinates: CoordinateDependence
  /**
   * `sample` [rows, inputs] are typical inputs, on which features are centred. Without `sample` the block chooses its
   * own inputs.
   */
  init(key: Key, sample?: Tensor): BlockVariables
  /** Input of the readout, [rows, width]. */
  features(variables: BlockVariables, x: Tensor): Tensor
  /** features · W + b. */
  apply(variables: BlockVariables, x: Tensor): Tensor
}

/** The requirements of a network on its blocks. */
export type BlockPlace = { readonly inputs: number; readonly outputs: number; readonly dtype: FloatDType }

/** A block of other inputs, which a map turns into those of the block. */
export const behind = (block: Block, map: (x: Tensor, fixed: BlockFixed) => Tensor): Block => ({
  ...block,
  features: (v, x) => block.features(v, map(x, v.fixed)),
  apply: (v, x) => block.apply(v, map(x, v.fixed)),
})

/** The variables of one block of a network. */
export const partOf = <K extends string>(
  { trained, fixed }: Variables<{ readonly [part in K]: BlockTrained }, { readonly [part in K]: BlockFixed }>,
  part: K,
): BlockVariables => ({ trained: trained[part], fixed: fixed[part] })

/** An affine map with weights N(0, 2/(fan_in + fan_out)) and bias 0 (Glorot & Bengio, AISTATS 2010). */
export const glorot = (key: Key, fanIn: number, fanOut: number, dtype: FloatDType): Affine => ({
  weight: mul(normal(key, [fanIn, fanOut], { dtype }), Math.sqrt(2 / (fanIn + fanOut))),
  bias: zeros([fanOut], dtype),
})
