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

/** A place on an element: shares of its width from the left and of its height from the top, 0 to 1. */
export type Share = readonly [across: number, down: number]

/**
 * Listeners of an element over which a pointer is dragged.
 *
 * @param onPlace called with each place of the pointer while it is pressed, and with the place before; at first both
 *   are the same
 */
export function drags(onPlace: (now: Share, before: Share) => void) {
  let before: Share | null = null
  const shareOf = ({ clientX, clientY, currentTarget }: PointerEvent): Share => {
    const { left, top, width, height } = (currentTarget as HTMLElement).getBoundingClientRect()
    const within = (v: number): number => Math.max(0, Math.min(1, v))
    return [within((clientX - left) / width), within((clientY - top) / height)]
  }
  const end = (): void => void (before = null)
  return {
    onpointerdown(event: PointerEvent): void {
      ;(event.currentTarget as HTMLElement).setPointerCapture(event.pointerId)
      before = shareOf(event)
      onPlace(before, before)
    },
    onpointermove(event: PointerEvent): void {
      if (before === null) return
      const now = shareOf(event)
      onPlace(now, before)
      before = now
    },
    onpointerup: end,
    onpointercancel: end,
  }
}
