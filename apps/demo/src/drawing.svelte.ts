import type { Session } from './session.svelte.js'
import { MAX_POINTS, OWN, firstPoints, ownInputs, ownSamples, someOf, withSamples } from './settings/own.js'
import type { Sample } from './settings/own.js'
import type { Settings } from './settings/settings.js'

/** The run restarts after this number of milliseconds without another point. */
const WAIT = 500

/** A click within this number of pixels of a point removes the point. */
const NEAR = 7

const within = (v: number): number => Math.max(-1, Math.min(1, Math.round(100 * v) / 100))

/** The user's own points, which the user places on the picture of a session; the run learns from them. */
export class Drawing {
  /** The value of the next point of a surface. */
  height = $state(0.8)
  readonly #session: Session
  /** Points that the run does not learn from yet, with their settings. */
  #draft = $state.raw<{ readonly of: Settings; readonly samples: readonly Sample[] } | null>(null)
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly isOwn = $derived.by(() => this.#session.settings.problem === OWN)
  readonly inputs: 1 | 2 = $derived.by(() => {
    const { settings, target } = this.#session
    return this.isOwn ? ownInputs(settings) : target?.inputs === 1 ? 1 : 2
  })
  /** The points that a run learns from, as rows. */
  readonly #learned = $derived.by((): readonly Sample[] => {
    const { settings, target } = this.#session
    if (this.isOwn) return ownSamples(settings)
    const { x, y } = target?.samples ?? { x: [], y: [] }
    return Array.from(y, (value, i) => [...x.slice(i * this.inputs, (i + 1) * this.inputs), value])
  })
  readonly samples = $derived.by(() => {
    const draft = this.#draft
    return draft !== null && draft.of === this.#session.settings ? draft.samples : this.#learned
  })

  constructor(session: Session) {
    this.#session = session
  }

  #place(next: readonly Sample[]): void {
    const { settings } = this.#session
    const { inputs } = this
    clearTimeout(this.#timer)
    this.#draft = { of: settings, samples: next }
    if (next.length === 0) return this.#session.pause()
    this.#timer = setTimeout(() => {
      if (this.#session.settings === settings) this.#session.apply(withSamples(settings, inputs, next))
      this.#draft = null
    }, WAIT)
  }

  /** Adds a point: place, then value. Points of a built-in curve stay, but not all of them. */
  readonly add = (...point: readonly number[]): void => {
    const before = this.isOwn || this.samples !== this.#learned ? this.samples : someOf(this.samples)
    if (before.length < MAX_POINTS) this.#place([...before, point.map(within)])
  }
  /** Removes the user's point at a place; returns whether there was one. */
  readonly takeAway = (x: number, y: number, [dx, dy]: readonly [number, number]): boolean => {
    if (!this.isOwn) return false
    const at = this.samples.findIndex(([a = 0, b = 0]) => Math.hypot((a - x) / dx, (b - y) / dy) < NEAR)
    if (at >= 0) this.#place(this.samples.toSpliced(at, 1))
    return at >= 0
  }
  /** Removes the last point. */
  readonly undo = (): void => this.#place(this.samples.slice(0, -1))
  readonly clear = (): void => this.#place([])
  /** Starts to learn from the user's own points of a curve or a surface, which the user then changes. */
  readonly begin = (of: 1 | 2): void => {
    this.#session.apply(withSamples(this.#session.settings, of, firstPoints(of)))
  }
}
