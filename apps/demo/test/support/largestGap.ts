import type { Picture } from '../../../cli/test/decodePng.js'

/** Pixels along each side of a cell: a gap narrower than a cell does not count. */
const CELL = 8

/**
 * The largest rectangle in which nothing is drawn, in pixels, and its share of the picture. The background is the
 * commonest colour.
 */
export function largestGap(picture: Picture): {
  readonly width: number
  readonly height: number
  readonly share: number
} {
  const [columns, rows] = [Math.floor(picture.width / CELL), Math.floor(picture.height / CELL)]
  const empty = emptyCells(picture, columns, rows)
  /** Empty cells above and including a row, for each column. */
  const heights = new Int32Array(columns)
  let best = { width: 0, height: 0 }
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < columns; c++) heights[c] = empty[row * columns + c] === 1 ? heights[c]! + 1 : 0
    for (let from = 0; from < columns; from++) {
      let height = Number.POSITIVE_INFINITY
      for (let to = from; to < columns && heights[to]! > 0; to++) {
        height = Math.min(height, heights[to]!)
        if (height * (to - from + 1) > best.width * best.height) best = { width: to - from + 1, height }
      }
    }
  }
  const [width, height] = [best.width * CELL, best.height * CELL]
  return { width, height, share: (width * height) / (picture.width * picture.height) }
}

/** 1 for each cell whose pixels all have the background's colour. */
function emptyCells(picture: Picture, columns: number, rows: number): Uint8Array {
  const background = commonest(picture)
  return Uint8Array.from({ length: columns * rows }, (_, cell) => {
    const [left, top] = [(cell % columns) * CELL, Math.floor(cell / columns) * CELL]
    for (let y = top; y < top + CELL; y++)
      for (let x = left; x < left + CELL; x++) if (colourAt(picture, y * picture.width + x) !== background) return 0
    return 1
  })
}

const colourAt = ({ data, channels }: Picture, pixel: number): number =>
  (data[pixel * channels]! << 16) | (data[pixel * channels + 1]! << 8) | data[pixel * channels + 2]!

function commonest(picture: Picture): number {
  const counts = new Map<number, number>()
  for (let p = 0; p < picture.width * picture.height; p += 7) {
    const colour = colourAt(picture, p)
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  return [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))[0]
}
