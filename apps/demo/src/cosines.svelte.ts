import type { Ask, Session } from './session.svelte.js'

/** Milliseconds between two rounds. */
const EVERY = 1500

/**
 * How well each lane's estimate agrees with back-propagation, asked again and again while the run goes on. Called where a
 * component is made.
 */
export function watchCosines(session: Session, ask: Ask): { readonly now: readonly (number | null)[] } {
  let cosines = $state.raw<readonly (number | null)[]>([])
  let stepsAsked: number[] = []
  let before: Session['settings'] | null = null

  async function round(): Promise<void> {
    const { settings, snapshots } = session
    if (settings !== before) {
      before = settings
      stepsAsked = settings.lanes.map(() => -1)
      cosines = settings.lanes.map(() => null)
    }
    for (const [lane, { estimator }] of settings.lanes.entries()) {
      const snapshot = snapshots[lane]
      if (snapshot === undefined || snapshot === null || estimator === 'bp' || snapshot.step === stepsAsked[lane])
        continue
      const { cosine } = await ask('cosine', { settings, lane, snapshot })
      if (settings !== session.settings) return
      stepsAsked[lane] = snapshot.step
      cosines = settings.lanes.map((_, i) => (i === lane ? cosine : (cosines[i] ?? null)))
    }
  }

  $effect(() => {
    let timer: ReturnType<typeof setTimeout>
    let gone = false
    const again = (): void => {
      // What cannot be measured is left out: the table shows a dash.
      void round()
        .catch(() => undefined)
        .then(() => {
          if (!gone) timer = setTimeout(again, EVERY)
        })
    }
    timer = setTimeout(again, EVERY)
    return () => {
      gone = true
      clearTimeout(timer)
    }
  })

  return {
    get now() {
      return cosines
    },
  }
}
