import type { Point } from '../crosses.js'

/** Entries for each triangle, at most: a coarser grid has fewer. */
const MAX_ENTRIES = 8

/** The part of the domain's extent by which boxes are widened, since a test of a point is rounded. */
const MARGIN = 1e-12

/** The triangles whose box is near a point, by their place in the list. */
export type TrianglesNear = (x: number, y: number) => Uint32Array

/**
 * Finds the triangles near a point by a grid over the bounds of all: each cell lists the triangles whose box meets it.
 * The grid of n triangles has about n / 2 cells, or fewer if long triangles would meet too many of them; it takes about
 * n log n steps, and in a mesh of triangles of similar size a search takes about as many as meet in a point.
 */
export function triangleBuckets(triangles: readonly (readonly Point[])[]): TrianglesNear {
  const count = triangles.length
  const [x, y] = [0, 1].map((axis) => {
    const low = Float64Array.from(triangles, (corners) => Math.min(...corners.map((p) => p[axis]!)))
    const high = Float64Array.from(triangles, (corners) => Math.max(...corners.map((p) => p[axis]!)))
    const from = low.reduce((a, b) => Math.min(a, b), Infinity)
    const to = high.reduce((a, b) => Math.max(a, b), -Infinity)
    return { low, high, from, margin: MARGIN * (to - from), extent: to - from || 1 }
  }) as [Axis, Axis]
  let cells = Math.ceil(Math.sqrt(count / 2))
  while (cells > 1 && entriesIn(count, x, y, cells) > MAX_ENTRIES * count) cells >>>= 1
  const starts = new Uint32Array(cells * cells + 1)
  eachEntry(count, x, y, cells, (_, cell) => void starts[cell + 1]!++)
  for (let c = 0; c < cells * cells; c++) starts[c + 1]! += starts[c]!
  const next = starts.slice()
  const listed = new Uint32Array(starts[cells * cells]!)
  eachEntry(count, x, y, cells, (triangle, cell) => void (listed[next[cell]!++] = triangle))
  return (px, py) => {
    const cell = cells * cellOf(y, py, cells) + cellOf(x, px, cells)
    return listed.subarray(starts[cell], starts[cell + 1])
  }
}

/** The boxes of all triangles along an axis, and their common bounds. */
type Axis = {
  readonly low: Float64Array
  readonly high: Float64Array
  readonly from: number
  readonly extent: number
  readonly margin: number
}

/** The cell of a coordinate, which does not fall as the coordinate rises; the nearest cell beyond the bounds. */
const cellOf = ({ from, extent }: Axis, at: number, cells: number): number =>
  Math.max(0, Math.min(cells - 1, Math.floor(((at - from) / extent) * cells)))

const spanOf = (axis: Axis, triangle: number, cells: number): readonly [first: number, last: number] => [
  cellOf(axis, axis.low[triangle]! - axis.margin, cells),
  cellOf(axis, axis.high[triangle]! + axis.margin, cells),
]

function entriesIn(count: number, x: Axis, y: Axis, cells: number): number {
  let entries = 0
  for (let t = 0; t < count; t++) {
    const [[left, right], [bottom, top]] = [spanOf(x, t, cells), spanOf(y, t, cells)]
    entries += (right - left + 1) * (top - bottom + 1)
  }
  return entries
}

function eachEntry(count: number, x: Axis, y: Axis, cells: number, visit: (triangle: number, cell: number) => void) {
  for (let t = 0; t < count; t++) {
    const [[left, right], [bottom, top]] = [spanOf(x, t, cells), spanOf(y, t, cells)]
    for (let row = bottom; row <= top; row++)
      for (let column = left; column <= right; column++) visit(t, cells * row + column)
  }
}
