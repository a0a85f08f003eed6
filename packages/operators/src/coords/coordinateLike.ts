import { reshape, slice } from '@spikeward/core'
import type { Coords, Tensor } from '@spikeward/core'

/**
 * The coordinate xₐ of every point, reshaped to broadcast against an output at those points ([N, …] or [N, …,
 * outputs]).
 *
 * @param like the output, or any tensor with as many axes
 */
export function coordinateLike(c: Coords, axis: number, like: Tensor): Tensor {
  const shape = new Array<number>(like.ndim).fill(1)
  const place = c.kind === 'points' ? 1 : 1 + axis
  const x = c.kind === 'points' ? slice(c.x, [0, axis], [c.x.shape[0]!, axis + 1]) : c.axes[axis]!
  shape[place] = x.shape[0]!
  return reshape(x, shape)
}
