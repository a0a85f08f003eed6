import { mul, reshape, transpose } from '@spikeward/core'
import type { AffineLayer, Coords, LayerRecord, Tensor, Tree } from '@spikeward/core'
import type { BlockInside, BlockVariables } from '../blocks/block.js'

/** Affine layers of a part of a network, by their paths from its root. */
export const layersUnder = (path: string, affineLayers: readonly AffineLayer[]): AffineLayer[] =>
  affineLayers.map((s) => ({
    ...s,
    weight: s.weight === null ? null : `${path}.${s.weight}`,
    bias: `${path}.${s.bias}`,
    ...(s.coefficients === undefined ? {} : { coefficients: s.coefficients.map((c) => `${path}.${c}`) }),
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

/** A bias that is added to the outputs themselves, as an affine layer. */
export const biasLayer = (path: string, units: number): AffineLayer => ({
  weight: null,
  bias: path,
  fanIn: 1,
  units,
  input: 'constant',
})

/** Moves one axis of a field [N, …] first and flattens the rest: [n, everything else]. */
export function axisFirst(field: Tensor, axis: number): Tensor {
  const order = [axis, ...field.shape.map((_, a) => a).filter((a) => a !== axis)]
  return reshape(transpose(field, order), [field.shape[axis]!, -1])
}

/** Flattens the places of a field to one axis: [N, places, outputs]. */
export const flatPlaces = (field: Tensor, places: number): Tensor => reshape(field, [field.shape[0]!, places, -1])

/** Flattens a field to one row for each function: [N, everything else]. */
export const rowsOf = (field: Tensor): Tensor => reshape(field, [field.shape[0]!, -1])

/**
 * The `cotangent` of a side inside an output transform: ∂L/∂(network's output) = factor · ∂L/∂u, sample by sample.
 *
 * @param side the side of the inner network
 * @param factor ∂u/∂(network's output), laid out as the side's slopes
 */
export function cotangentThrough<P extends Tree, Z extends Tree, W extends { readonly inner: Z }, F extends unknown[]>(
  { cotangent }: { cotangent?(params: P, z: Z, at: Coords, slope: Tensor, ...f: F): Tensor },
  factor: (params: P, z: W, at: Coords) => Tensor,
): { cotangent?(params: P, z: W, at: Coords, slope: Tensor, ...f: F): Tensor } {
  if (cotangent === undefined) return {}
  return { cotangent: (p, z, at, slope, ...f) => cotangent(p, z.inner, at, mul(slope, factor(p, z, at)), ...f) }
}
