import type { HostCoords } from '@spikeward/core'

/** The number of points of coordinates. */
export const countOf = (at: HostCoords): number =>
  at.kind === 'points' ? at.x.length / at.axes : at.axes.reduce((n, axis) => n * axis.length, 1)

/** Coordinates as a list of points: x is a flat [P, axes], row-major; on a grid the last axis runs fastest. */
export function pointsOf(at: HostCoords): { readonly x: Float64Array; readonly axes: number } {
  if (at.kind === 'points') return at
  const axes = at.axes.length
  const count = countOf(at)
  const x = new Float64Array(count * axes)
  for (let p = 0; p < count; p++) {
    let rest = p
    for (let a = axes - 1; a >= 0; a--) {
      const axis = at.axes[a]!
      x[p * axes + a] = axis[rest % axis.length]!
      rest = Math.floor(rest / axis.length)
    }
  }
  return { x, axes }
}
