/** Red, green and blue from 0 to 1. */
export type Colour = readonly [number, number, number]

/** A colour token such as `#b8431a`. */
export function colour(hex: string): Colour {
  const n = Number.parseInt(hex.replace('#', ''), 16)
  return [((n >> 16) & 255) / 255, ((n >> 8) & 255) / 255, (n & 255) / 255]
}

/** Between two colours. */
export const between = (a: Colour, b: Colour, share: number): Colour => [
  a[0] + (b[0] - a[0]) * share,
  a[1] + (b[1] - a[1]) * share,
  a[2] + (b[2] - a[2]) * share,
]

/** `under` at −1, `even` at 0, `over` at 1. */
export function diverging(under: Colour, even: Colour, over: Colour): (value: number) => Colour {
  return (value) => {
    const v = Math.max(-1, Math.min(1, value))
    return v < 0 ? between(even, under, -v) : between(even, over, v)
  }
}

/**
 * Paints values [rows, columns] with one pixel each; the canvas's style enlarges it. NaN, outside of a domain, is
 * transparent.
 */
export function paintMap(
  canvas: HTMLCanvasElement,
  [rows, columns]: readonly [number, number],
  values: ArrayLike<number>,
  paint: (value: number) => Colour,
): void {
  const context = canvas.getContext('2d')
  if (context === null) return
  canvas.width = rows
  canvas.height = columns
  const image = context.createImageData(rows, columns)
  // The first input goes to the right, the second upwards.
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const value = values[i * columns + j]!
      if (Number.isNaN(value)) continue
      const [r, g, b] = paint(value)
      const at = 4 * ((columns - 1 - j) * rows + i)
      image.data.set([255 * r, 255 * g, 255 * b, 255], at)
    }
  }
  context.putImageData(image, 0, 0)
}
