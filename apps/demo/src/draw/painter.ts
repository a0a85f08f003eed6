import type { Heights, Look, Picture, Surface } from './surface.js'

/** How the page shows a picture: its look, its size in pixels, and the milliseconds of a move to a new prediction. */
export type Frame = Look & { readonly width: number; readonly height: number; readonly glide: number }

/**
 * Draws a surface on its canvas, of a page or of a worker, whenever something has changed, at most once in each frame
 * of the screen.
 */
export type Painter = ReturnType<typeof makePainter>

export function makePainter(canvas: HTMLCanvasElement | OffscreenCanvas, surface: Surface) {
  let frame: Frame | null = null
  let since = -Infinity
  let request = 0

  function paint(): void {
    request = 0
    if (frame === null) return
    const { width, height, glide } = frame
    // Even the same size would clear the canvas.
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
    const share = glide > 0 ? Math.min(1, (performance.now() - since) / glide) : 1
    surface.draw(frame, share)
    if (share < 1) ask()
  }
  function ask(): void {
    if (request === 0) request = requestAnimationFrame(paint)
  }

  return {
    show(picture: Picture): void {
      surface.show(picture)
      ask()
    },
    predict(heights: Heights): void {
      surface.predict(heights)
      since = performance.now()
      ask()
    },
    frame(next: Frame): void {
      frame = next
      ask()
    },
    /** Draws now, such as for a copy of the canvas. */
    paint,
    dispose(): void {
      cancelAnimationFrame(request)
      surface.dispose()
    },
  }
}
