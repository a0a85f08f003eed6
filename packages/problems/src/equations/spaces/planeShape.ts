import type { PlaneShape } from '@spikeward/core'
import type { BoundaryPiece, Geometry } from '../../shapes/geometry.js'

/** Points along a boundary, at least. */
const POINTS = 512

type Point = readonly [number, number]

/** A shape in the plane, as figures draw it. Lines of the boundary end where another shape of a union begins. */
export function planeShape(shape: Geometry): PlaneShape {
  const steps = Math.ceil(POINTS / Math.max(1, shape.boundary.length))
  return {
    inside: (point) => shape.inside(point),
    boundary: shape.boundary.flatMap((piece) => linesOf(piece, steps)),
  }
}

/** The parts of a piece that are on the boundary, without copies of points. */
function linesOf(piece: BoundaryPiece, steps: number): readonly (readonly Point[])[] {
  const lines: Point[][] = []
  let line: Point[] | null = null
  for (let i = 0; i <= steps; i++) {
    const [x = 0, y = 0] = piece.at([i / steps]).x
    if (!piece.keeps([x, y])) {
      line = null
      continue
    }
    if (line === null) lines.push((line = []))
    const last = line.at(-1)
    if (last === undefined || last[0] !== x || last[1] !== y) line.push([x, y])
  }
  return lines
}
