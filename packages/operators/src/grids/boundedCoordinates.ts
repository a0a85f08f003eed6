import type { Tensor } from '@spikeward/core'
import { gridCoordinates } from './gridCoordinates.js'
import type { GridOptions } from './gridOptions.js'

/** The coordinates of the axes along which functions are not periodic, which a network sees: their number and their values. */
export function boundedCoordinates({
  grid,
  periodic = [],
  dtype,
}: Pick<GridOptions, 'grid' | 'dtype'> & { readonly periodic?: readonly boolean[] | undefined }): {
  readonly count: number
  of(a: Tensor): Tensor
} {
  const bounded = grid.flatMap((_, a) => (periodic[a] === true ? [] : [a]))
  return { count: bounded.length, of: (a) => gridCoordinates(a.shape.slice(0, -1), dtype, bounded) }
}
