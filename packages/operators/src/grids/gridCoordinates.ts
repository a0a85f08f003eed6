import { type FloatDType, type Tensor, broadcastTo, concatenate, linspace, reshape } from '@spikeward/core'
import type { GridOptions } from './gridOptions.js'

/**
 * The coordinates of a grid of n₁ × … × n_d points on [0, 1]ᵈ, [samples, n₁, …, n_d, axes].
 *
 * @param shape samples and the numbers of points
 * @param axes the axes whose coordinates are wanted, at least one; all by default
 */
export function gridCoordinates(
  shape: readonly number[],
  dtype: FloatDType,
  axes: readonly number[] = shape.slice(1).map((_, a) => a),
): Tensor {
  const lengths = shape.slice(1)
  const along = axes.map((a) =>
    broadcastTo(reshape(linspace(0, 1, lengths[a]!, dtype), [1, ...lengths.map((n, b) => (a === b ? n : 1)), 1]), [
      ...shape,
      1,
    ]),
  )
  return concatenate(along, shape.length)
}

/**
 * The coordinates of the axes along which functions are not periodic, which a network sees: their number and their
 * values.
 */
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
