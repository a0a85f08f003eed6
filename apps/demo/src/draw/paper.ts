import { token } from '../theme.svelte.js'
import { colour } from './colour.js'
import type { Palette } from './surface.js'

/** The colours of pictures in the theme of the page. */
export const palette = (): Palette => ({
  over: colour(token('--over')),
  even: colour(token('--even')),
  under: colour(token('--under')),
  ink: colour(token('--ink')),
})

/** An empty canvas of this size, in pixels of the page, to draw on; null while it has no width. */
export function paper(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  const context = canvas.getContext('2d')
  if (context === null || width === 0) return null
  const scale = Math.min(2, devicePixelRatio)
  canvas.width = Math.round(width * scale)
  canvas.height = height * scale
  context.scale(scale, scale)
  return context
}

/** Draws a line through points in a colour of the page. */
export function trace(
  context: CanvasRenderingContext2D,
  points: readonly (readonly [x: number, y: number])[],
  colour: string,
  width = 1,
  dash: readonly number[] = [],
): void {
  context.strokeStyle = token(colour)
  context.lineWidth = width
  context.lineJoin = 'round'
  context.setLineDash([...dash])
  context.beginPath()
  for (const point of points) context.lineTo(...point)
  context.stroke()
  context.setLineDash([])
}
