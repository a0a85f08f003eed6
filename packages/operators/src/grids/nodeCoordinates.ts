import { type FloatDType, type HostCoords, type Tensor, broadcastTo, tensor } from '@spikeward/core'
import { lengthsOf, placesOf } from './nodePlaces.js'

/**
 * The coordinates of nodes that a network sees, from 0 to 1 along each axis that is not periodic: their number, and
 * their values [samples, …, number] for an input [samples, …, inputs].
 *
 * @param phases whether it sees cos 2πx and sin 2πx of periodic axes too
 */
export function nodeCoordinates(
  {
    nodes,
    periodic = [],
    dtype,
  }: {
    readonly nodes: HostCoords
    readonly periodic?: readonly boolean[] | undefined
    readonly dtype: FloatDType
  },
  { phases }: { readonly phases: boolean },
): { readonly count: number; of(a: Tensor): Tensor } {
  const { x, axes, low, extents } = placesOf(nodes, periodic)
  const unit = (p: number, a: number): number => (x[p * axes + a]! - low[a]!) / extents[a]!
  const columns = low.flatMap((_, a): ((p: number) => number)[] => {
    if (periodic[a] !== true) return [(p) => unit(p, a)]
    return phases ? [(p) => Math.cos(2 * Math.PI * unit(p, a)), (p) => Math.sin(2 * Math.PI * unit(p, a))] : []
  })
  const lengths = lengthsOf(nodes)
  const values = Float64Array.from({ length: (x.length / axes) * columns.length }, (_, i) =>
    columns[i % columns.length]!(Math.floor(i / columns.length)),
  )
  return {
    count: columns.length,
    of: (a) =>
      broadcastTo(tensor(values, { shape: [1, ...lengths, columns.length], dtype }), [
        a.shape[0]!,
        ...lengths,
        columns.length,
      ]),
  }
}
