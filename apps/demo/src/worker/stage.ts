import { type Frame, type Painter, makePainter } from '../draw/painter.js'
import { type Heights, type Picture, makeSurface } from '../draw/surface.js'
import { messageOf } from '../protocol.js'

/** A picture, and the device that draws it. */
type Shown = { readonly device: GPUDevice; readonly picture: Picture }

/**
 * The stage for a canvas that the page lends to this worker, whose surface the device of a backend draws from its own
 * memory.
 *
 * @param onReady called when a canvas has a surface, which has no prediction yet
 * @param onFailed called with the reason when a surface cannot be made
 */
export function makeStage(onReady: () => void, onFailed: (why: string) => void) {
  let canvas: OffscreenCanvas | null = null
  let shown: Shown | null = null
  let frame: Frame | null = null
  /** The painter of a canvas by a device. */
  let view: { readonly canvas: OffscreenCanvas; readonly device: GPUDevice; readonly painter: Painter } | null = null

  async function prepare(): Promise<void> {
    const [on, now] = [canvas, shown]
    if (view !== null && (view.canvas !== on || view.device !== now?.device)) {
      view.painter.dispose()
      view = null
    }
    if (on === null || now === null) return
    if (view === null) {
      const surface = await makeSurface(on, now.device)
      if (surface === null) throw new Error('the canvas has no context for WebGPU')
      view = { canvas: on, device: now.device, painter: makePainter(on, surface) }
    }
    view.painter.show(now.picture)
    if (frame !== null) view.painter.frame(frame)
  }
  let [changes, prepared] = [0, 0]
  const isReady = (): boolean => view !== null && prepared === changes
  // One at a time: a canvas has one surface.
  let before: Promise<void> = Promise.resolve()
  const change = (): void => {
    const number = ++changes
    before = before.then(prepare).then(
      () => {
        prepared = number
        if (isReady()) onReady()
      },
      (error: unknown) => onFailed(messageOf(error)),
    )
  }

  return {
    /** Whether predictions are drawn. */
    isReady,
    /** Takes the canvas of the page; null gives it back. */
    lend(next: OffscreenCanvas | null): void {
      canvas = next
      change()
    },
    frame(next: Frame): void {
      frame = next
      view?.painter.frame(next)
    },
    /** Another picture; null: this worker draws nothing. */
    show(next: Shown | null): void {
      shown = next
      change()
    },
    predict: (heights: Heights): void => view?.painter.predict(heights),
  }
}
