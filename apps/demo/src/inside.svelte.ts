import { untrack } from 'svelte'
import type { LayerActivity } from './protocol.js'
import { componentOf } from './draw/values.js'
import type { Ask, Session } from './session.svelte.js'

/** Milliseconds between two updates during a run. */
const EVERY = 400

/** The activity of the shown network at one point. */
export type Activity = {
  readonly layers: readonly LayerActivity[]
  readonly output: number
  /** Weights between the drawn nodes of neighbouring layers, inputs first and the output last, [from, to]. */
  readonly links: readonly Float32Array[]
}

/** The chosen point, and the activity of the network there. */
export type Inside = ReturnType<typeof watchInside>

/** Follows the shown network at one point during the run. Call it while a component is created. */
export function watchInside(session: Session, ask: Ask) {
  let point = $state.raw<readonly number[]>([0, 0])
  let seen = $state.raw<Activity | null>(null)
  let trouble = $state<string | null>(null)
  let busy = false
  let again = false
  let lookedAt = 0

  const snapshot = $derived(session.snapshots[session.shown] ?? null)
  const inputs = $derived(session.target?.inputs ?? 2)

  /** The sensor values of the shown test function of an operator. */
  const sensors = $derived(
    (session.operator?.input ?? []).flatMap(({ y }) => [
      ...componentOf(y, session.target?.outputs ?? 1, session.component),
    ]),
  )

  /** The target at the nearest point of its grid, or null if it is not known. */
  const wanted = $derived.by((): number | null => {
    const { target } = session
    if (target === null || !target.isKnown) return null
    let [best, at] = [Infinity, 0]
    for (let i = 0; i < target.y.length; i++) {
      let d = 0
      for (let a = 0; a < target.inputs; a++) d += (target.x[i * target.inputs + a]! - (point[a] ?? 0)) ** 2
      if (d < best) [best, at] = [d, i]
    }
    const value = target.y[at] ?? Number.NaN
    return Number.isFinite(value) ? value : null
  })

  async function look(): Promise<void> {
    if (busy) {
      again = true
      return
    }
    if (snapshot === null) {
      seen = null
      return
    }
    busy = true
    lookedAt = performance.now()
    const { settings } = session
    try {
      const found = await ask('inspect', {
        settings,
        snapshot,
        point: [...point.slice(0, inputs), ...(session.target?.rest ?? []), ...sensors],
        // One function is asked about.
        component: session.operator === null ? session.component : 0,
      })
      if (settings === session.settings) seen = found
      trouble = null
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error)
    }
    busy = false
    if (again) {
      again = false
      void look()
    }
  }
  // Reads a new point at once, and a new snapshot from time to time.
  $effect(() => {
    void point
    void session.component
    untrack(() => void look())
  })
  $effect(() => {
    void snapshot
    const timer = setTimeout(() => void look(), lookedAt + EVERY - performance.now())
    return () => clearTimeout(timer)
  })

  return {
    get point() {
      return point
    },
    get seen() {
      return seen
    },
    get wanted() {
      return wanted
    },
    get trouble() {
      return trouble
    },
    get inputs() {
      return inputs
    },
    move(next: readonly number[]): void {
      point = next
    },
  }
}
