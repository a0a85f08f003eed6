import { type Coords, type Domain, type Tensor, SpikewardError, coordsPoints } from '@spikeward/core'
import { columnNormaliser } from '../scales/outputScale.js'

/** Shift and scale that map an interval to [−1, 1]. */
export const toUnit = ([low, high]: readonly [number, number]): { shift: number; scale: number } => ({
  shift: (low + high) / 2,
  scale: (high - low) / 2,
})

/** Checks that a domain has one interval for each axis, with low below high. The default is [−1, 1] for every axis. */
export function checkDomain(name: string, axes: number, domain: Domain | undefined): Domain {
  if (domain === undefined) return Array.from({ length: axes }, () => [-1, 1] as const)
  const bad = domain.find(([low, high]) => !(low < high && Number.isFinite(high - low)))
  if (domain.length !== axes || bad !== undefined) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `${name}: domain ${JSON.stringify(domain)} for ${axes} axes; give [low, high] for each axis, with low below high`,
    )
  }
  return domain
}

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

/**
 * The points of coordinates, [P, axes], with each axis of the domain mapped to [−1, 1]. Throws as {@link checkCoords}.
 */
export function pointsIn(name: string, axes: number, domain: Domain): (at: Coords) => Tensor {
  const unit = domain.map(toUnit)
  const place = columnNormaliser({ shift: unit.map((u) => u.shift), scale: unit.map((u) => u.scale) })
  return (at) => {
    checkCoords(name, axes, at)
    return place(coordsPoints(at))
  }
}
