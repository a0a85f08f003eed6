import { SpikewardError } from '@spikeward/core'
import type { Coords } from '@spikeward/core'

/** Throws SHAPE_MISMATCH if coordinates do not have `axes` axes. */
export function checkCoords(name: string, axes: number, c: Coords): void {
  const tensors = c.kind === 'points' ? [c.x] : c.axes
  const fits =
    c.kind === 'points'
      ? c.x.ndim === 2 && c.x.shape[1] === axes
      : c.axes.length === axes && c.axes.every((x) => x.ndim === 1)
  if (fits) return
  throw new SpikewardError(
    'SHAPE_MISMATCH',
    `${name}: coordinates of kind '${c.kind}' and shape ${tensors.map((x) => `[${x.shape.join(', ')}]`).join(', ')}; ` +
      `expected ${c.kind === 'points' ? `[points, ${axes}]` : `${axes} vectors, one for each axis`}`,
  )
}
