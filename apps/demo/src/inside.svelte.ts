import { untrack } from 'svelte'
import type { AnswerTo, Ask } from './askWorker.js'
import { componentOf } from './draw/values.js'
import { messageOf } from './protocol.js'
import type { Session } from './session.svelte.js'

/** Milliseconds between two updates during a run. */
const EVERY = 400

/** A point, and the activity of the shown network there, during the run. Make it while a component is created. */
export class Inside {
  point = $state.raw<readonly number[]>([0, 0])
  seen = $state.raw<AnswerTo<'inspect'> | null>(null)
  trouble = $state<string | null>(null)
  readonly #session: Session
  readonly #ask: Ask
  #busy = false
  #again = false
  #lookedAt = 0

  constructor(session: Session, ask: Ask) {
    this.#session = session
    this.#ask = ask
    // Reads a new point at once, and a new snapshot from time to time.
    $effect(() => {
      void this.point
      void session.component
      untrack(() => void this.#look())
    })
    $effect(() => {
      void session.snapshots[session.shown]
      const timer = setTimeout(() => void this.#look(), this.#lookedAt + EVERY - performance.now())
      return () => clearTimeout(timer)
    })
  }

  /** The target at the nearest point of its grid, or null if it is not known. */
  readonly wanted = $derived.by((): number | null => {
    const { target } = this.#session
    if (target === null || !target.isKnown) return null
    let [best, at] = [Infinity, 0]
    for (let i = 0; i < target.y.length; i++) {
      let d = 0
      for (let a = 0; a < target.inputs; a++) d += (target.x[i * target.inputs + a]! - (this.point[a] ?? 0)) ** 2
      if (d < best) [best, at] = [d, i]
    }
    const value = target.y[at] ?? Number.NaN
    return Number.isFinite(value) ? value : null
  })

  async #look(): Promise<void> {
    this.#again = this.#busy
    if (this.#busy) return
    const { settings, snapshots, shown, target, operator, component } = this.#session
    const snapshot = snapshots[shown] ?? null
    // A network on a grid gives whole functions, so there is nothing at a point to look at.
    if (snapshot === null || settings.network !== null) {
      this.seen = null
      return
    }
    this.#busy = true
    this.#lookedAt = performance.now()
    /** The sensor values of the shown test function of an operator. */
    const sensors = (operator?.input ?? []).flatMap(({ y }) => [...componentOf(y, target?.outputs ?? 1, component)])
    try {
      const activity = await this.#ask('inspect', {
        settings,
        snapshot,
        point: [...this.point.slice(0, target?.inputs ?? 2), ...(target?.rest ?? []), ...sensors],
        // One function is asked about.
        component: operator === null ? component : 0,
      })
      if (settings === this.#session.settings) this.seen = activity
      this.trouble = null
    } catch (error) {
      this.trouble = messageOf(error)
    }
    this.#busy = false
    if (this.#again) void this.#look()
  }
}
