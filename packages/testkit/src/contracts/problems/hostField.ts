import type { HostCoords } from '@spikeward/core'

/** A field on the host: its values at coordinates, in double precision. */
export type HostField = (at: HostCoords) => Float64Array

/** Coordinates as a list of points, flat [P, axes]; on a grid the last axis runs fastest. */
export function hostPoints(at: HostCoords): { readonly x: Float64Array; readonly axes: number } {
  if (at.kind === 'points') return at
  const axes = at.axes.length
  const points = at.axes.reduce<number[][]>(
    (rows, axis) => rows.flatMap((row) => [...axis].map((v) => [...row, v])),
    [[]],
  )
  return { x: Float64Array.from(points.flat()), axes }
}
