import type { Session } from './session.svelte.js'
import { MAX_POINTS, OWN, firstPoints, ownInputs, ownSamples, someOf, withSamples } from './settings/own.js'
import type { Sample } from './settings/own.js'
import type { Settings } from './settings/settings.js'

/** The run restarts after this number of milliseconds without another point. */
const WAIT = 500

/** A click within this number of pixels of a point removes the point. */
const NEAR = 7

/** The user's own points, while they are being placed. */
export type Drawing = ReturnType<typeof makeDrawing>

const within = (v: number): number => Math.max(-1, Math.min(1, Math.round(100 * v) / 100))

/** Lets the user place points on the picture of a session; the run learns from them. */
export function makeDrawing(session: Session) {
  /** Points that the run does not learn from yet, with their settings. */
  let draft = $state.raw<{ readonly of: Settings; readonly samples: readonly Sample[] } | null>(null)
  let height = $state(0.8)
  let timer: ReturnType<typeof setTimeout> | undefined

  const isOwn = $derived(session.settings.problem === OWN)
  const inputs = $derived<1 | 2>(isOwn ? ownInputs(session.settings) : session.target?.inputs === 1 ? 1 : 2)
  /** The points that a run learns from, as rows. */
  const learned = $derived.by((): readonly Sample[] => {
    if (isOwn) return ownSamples(session.settings)
    const { x, y } = session.target?.samples ?? { x: [], y: [] }
    return Array.from(y, (value, i) => [...Array.from({ length: inputs }, (_, a) => x[i * inputs + a]!), value])
  })
  const samples = $derived(draft !== null && draft.of === session.settings ? draft.samples : learned)

  function place(next: readonly Sample[], of: 1 | 2): void {
    clearTimeout(timer)
    draft = { of: session.settings, samples: next }
    if (next.length === 0) return session.pause()
    timer = setTimeout(() => {
      if (draft?.of === session.settings) session.apply(withSamples(session.settings, of, next))
      draft = null
    }, WAIT)
  }

  return {
    get samples() {
      return samples
    },
    get isOwn() {
      return isOwn
    },
    get inputs() {
      return inputs
    },
    /** The value of the next point of a surface. */
    get height() {
      return height
    },
    set height(next: number) {
      height = next
    },
    /** Adds a point: place, then value. Points of a built-in curve stay, but not all of them. */
    add(...point: readonly number[]): void {
      const before = isOwn || samples !== learned ? samples : someOf(samples)
      if (before.length < MAX_POINTS) place([...before, point.map(within)], inputs)
    },
    /** Removes the user's point at a place; returns whether there was one. */
    takeAway(x: number, y: number, [dx, dy]: readonly [number, number]): boolean {
      if (!isOwn) return false
      const at = samples.findIndex(([a = 0, b = 0]) => Math.hypot((a - x) / dx, (b - y) / dy) < NEAR)
      if (at < 0) return false
      place(samples.toSpliced(at, 1), inputs)
      return true
    },
    /** Removes the last point. */
    undo: (): void => place(samples.slice(0, -1), inputs),
    clear: (): void => place([], inputs),
    /** Starts to learn from the user's own points of a curve or a surface, which the user then changes. */
    begin(of: 1 | 2): void {
      const list = firstPoints(of)
      const each = of + 1
      const rows = Array.from({ length: list.length / each }, (_, i) => list.slice(each * i, each * (i + 1)))
      session.apply(withSamples(session.settings, of, rows))
    },
  }
}
