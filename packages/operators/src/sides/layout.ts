import { mul, reshape, transpose } from '@spikeward/core'
import type { Coords, EncoderSide, Site, Tensor, Tree } from '@spikeward/core'

/** Sites of a part of a network, by their paths from its root. */
export const sitesUnder = (path: string, sites: readonly Site[]): Site[] =>
  sites.map((s) => ({ ...s, weight: s.weight === null ? null : `${path}.${s.weight}`, bias: `${path}.${s.bias}` }))

/** A bias that is added to the outputs themselves, as a site. */
export const biasSite = (path: string, units: number): Site => ({
  weight: null,
  bias: path,
  fanIn: 1,
  units,
  input: 'constant',
})

/** A field [N, …] with one of its axes first and the rest laid flat: [n, everything else]. */
export function axisFirst(field: Tensor, axis: number): Tensor {
  const order = [axis, ...field.shape.map((_, a) => a).filter((a) => a !== axis)]
  return reshape(transpose(field, order), [field.shape[axis]!, -1])
}

/** A field of several outputs, or of one, with all its places on one axis: [N, places, outputs]. */
export const flatPlaces = (field: Tensor, places: number): Tensor => reshape(field, [field.shape[0]!, places, -1])

/** A field function by function, [N, everything else]. */
export const rowsOf = (field: Tensor): Tensor => reshape(field, [field.shape[0]!, -1])

/**
 * The `credit` of a side behind an output transform: ∂L/∂(network's output) = factor · ∂L/∂u, sample by sample.
 *
 * @param side of the network inside
 * @param factor ∂u/∂(network's output), laid out as the side's slopes
 */
export function creditThrough<P extends Tree, Z extends Tree, W extends { readonly inner: Z }>(
  { credit }: Pick<EncoderSide<P, Z>, 'credit'>,
  factor: (params: P, z: W, at: Coords) => Tensor,
): { credit?(params: P, z: W, at: Coords, slope: Tensor): Tensor } {
  if (credit === undefined) return {}
  return { credit: (p, z, at, slope) => credit(p, z.inner, at, mul(slope, factor(p, z, at))) }
}
