import type { AffineLayer, LayerRecord, Tensor, Tree } from '@spikeward/core'
import type { BlockInside, BlockVariables } from '../blocks/block.js'

/** Affine layers of a part of a network, by their paths from its root. */
export const layersUnder = (path: string, affineLayers: readonly AffineLayer[]): AffineLayer[] =>
  affineLayers.map((s) => ({
    ...s,
    weight: `${path}.${s.weight}`,
    bias: `${path}.${s.bias}`,
  }))

/**
 * The `record` of a side from that of its block; an empty object if the block has no neurons.
 *
 * @param part the block's variables among those of the network
 * @param input the block's input from the argument of the side
 */
export function recordThrough<P extends Tree, A>(
  { record }: Pick<BlockInside, 'record'>,
  part: (params: P) => BlockVariables,
  input: (given: A) => Tensor,
): { record?(params: P, given: A): readonly LayerRecord[] } {
  return record === undefined ? {} : { record: (params, given) => record(part(params), input(given)) }
}
