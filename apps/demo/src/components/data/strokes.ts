/** Pixels of a drag between two of its places. */
const SPACING = 12

/** A place on the screen, in pixels of the window. */
export type Place = { readonly clientX: number; readonly clientY: number }

/**
 * Listeners of an element on which a click names a place, and a drag draws a line of places.
 *
 * @param onPlace called with each place, and whether it belongs to a drag
 */
export function strokes(onPlace: (at: Place, isDrag: boolean) => void) {
  let last: Place | null = null
  let isDrag = false
  return {
    onpointerdown(event: PointerEvent): void {
      if (event.button !== 0 || !event.isPrimary) return
      ;(event.currentTarget as HTMLElement).setPointerCapture(event.pointerId)
      last = event
      isDrag = false
    },
    onpointermove(event: PointerEvent): void {
      if (last === null || Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY) < SPACING) return
      if (!isDrag) onPlace(last, true)
      isDrag = true
      onPlace(event, true)
      last = event
    },
    onpointerup(event: PointerEvent): void {
      if (last !== null && !isDrag) onPlace(event, false)
      last = null
    },
    onpointercancel(): void {
      last = null
    },
  }
}
