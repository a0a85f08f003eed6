import type { Heights, Look, Picture, Surface } from './surface.js'

/** How the page shows a picture: its look, its size in pixels, and the milliseconds of a move to a new prediction. */
export type Frame = Look & { readonly width: number; readonly height: number; readonly glide: number }

/** Draws a surface on its canvas whenever something has changed, at most once in each frame of the screen. */
export type Painter = {
  show(picture: Picture): void
  predict(heights: Heights): void
  frame(frame: Frame): void
  /** Draws now, such as for a copy of the canvas. */
  paint(): void
  dispose(): void
}

/** Paints on a canvas, of a page or of a worker. */
export function makePainter(canvas: HTMLCanvasElement | OffscreenCanvas, surface: Surface): Painter {
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
    show(picture) {
      surface.show(picture)
      ask()
    },
    predict(heights) {
      surface.predict(heights)
      since = performance.now()
      ask()
    },
    frame(next) {
      frame = next
      ask()
    },
    paint,
    dispose() {
      cancelAnimationFrame(request)
      surface.dispose()
    },
  }
}
