import type { Colour } from './colour.js'

/** Paints values [rows, columns] with one pixel each; the canvas's style enlarges it. NaN, outside of a domain, is transparent. */
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
