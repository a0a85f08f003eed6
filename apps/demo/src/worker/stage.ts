import { makePainter } from '../draw/painter.js'
import type { Frame, Painter } from '../draw/painter.js'
import { makeSurface } from '../draw/surface.js'
import type { Heights, Picture } from '../draw/surface.js'

/** A canvas that the page lends to this worker, and the surface on it, which the device of a backend draws from its own memory. */
export type LentCanvas = {
  /** Whether predictions are drawn. */
  readonly isReady: boolean
  /** Takes the canvas of the page; null gives it back. */
  lend(canvas: OffscreenCanvas | null): void
  frame(frame: Frame): void
  /** Another picture, drawn by a device; null: this worker draws nothing. */
  show(next: { readonly device: GPUDevice; readonly picture: Picture } | null): void
  predict(heights: Heights): void
}

/**
 * Makes a stage without a canvas.
 *
 * @param onReady called when a canvas has a surface, which has no prediction yet
 * @param onFailed called with the reason when a surface cannot be made
 */
export function makeStage(onReady: () => void, onFailed: (why: string) => void): LentCanvas {
  let canvas: OffscreenCanvas | null = null
  let shown: { readonly device: GPUDevice; readonly picture: Picture } | null = null
  let frame: Frame | null = null
  /** The painter of a canvas by a device. */
  let held: { readonly canvas: OffscreenCanvas; readonly device: GPUDevice; readonly painter: Painter } | null = null

  async function prepare(): Promise<void> {
    const [on, now] = [canvas, shown]
    if (held !== null && (held.canvas !== on || held.device !== now?.device)) {
      held.painter.dispose()
      held = null
    }
    if (on === null || now === null) return
    if (held === null) {
      const surface = await makeSurface(on, now.device)
      if (surface === null) throw new Error('the canvas has no context for WebGPU')
      held = { canvas: on, device: now.device, painter: makePainter(on, surface) }
    }
    held.painter.show(now.picture)
    if (frame !== null) held.painter.frame(frame)
  }
  let [changes, prepared] = [0, 0]
  const isReady = (): boolean => held !== null && prepared === changes
  // One at a time: a canvas has one surface.
  let before: Promise<void> = Promise.resolve()
  const change = (): void => {
    const number = ++changes
    before = before.then(prepare).then(
      () => {
        prepared = number
        if (isReady()) onReady()
      },
      (error: unknown) => onFailed(error instanceof Error ? error.message : String(error)),
    )
  }

  return {
    get isReady() {
      return isReady()
    },
    lend(next) {
      canvas = next
      change()
    },
    frame(next) {
      frame = next
      held?.painter.frame(next)
    },
    show(next) {
      shown = next
      change()
    },
    predict: (heights) => held?.painter.predict(heights),
  }
}
