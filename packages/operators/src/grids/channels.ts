/** The two layouts of fields of several channels: rows of sensor values, and grids. */
import { reshape, transpose } from '@spikeward/core'
import type { Shape, Tensor } from '@spikeward/core'

/** Rows [N, channels · points], one channel after the other, as a field [N, …grid, channels]. */
export function fieldOfRows(rows: Tensor, grid: Shape, channels: number): Tensor {
  const [n] = rows.shape as [number]
  const shape = [n, ...grid, channels]
  return channels === 1 ? reshape(rows, shape) : reshape(transpose(reshape(rows, [n, channels, -1]), [0, 2, 1]), shape)
}

/**
 * A field [N, …grid] of one channel, or [N, …grid, channels], as rows [N, channels · points]: the inverse of
 * {@link fieldOfRows}.
 */
export function rowsOfField(field: Tensor, channels: number): Tensor {
  const [n] = field.shape as [number]
  const flat = channels === 1 ? field : transpose(reshape(field, [n, -1, channels]), [0, 2, 1])
  return reshape(flat, [n, -1])
}
