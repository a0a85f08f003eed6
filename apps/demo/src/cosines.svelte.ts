import type { Ask, Session } from './session.svelte.js'

/** Milliseconds between two rounds. */
const EVERY = 1500

/**
 * Repeatedly measures how well each contender's estimate agrees with back-propagation during the run. Call it while a
 * component is created.
 */
export function watchCosines(session: Session, ask: Ask): { readonly now: readonly (number | null)[] } {
  let cosines = $state.raw<readonly (number | null)[]>([])
  let stepsAsked: number[] = []
  let before: Session['settings'] | null = null

  async function round(): Promise<void> {
    const { settings, snapshots } = session
    if (settings !== before) {
      before = settings
      stepsAsked = settings.contenders.map(() => -1)
      cosines = settings.contenders.map(() => null)
    }
    for (const [contender, { estimator }] of settings.contenders.entries()) {
      const snapshot = snapshots[contender]
      if (snapshot === undefined || snapshot === null || estimator === 'bp' || snapshot.step === stepsAsked[contender])
        continue
      const { cosine } = await ask('cosine', { settings, contender, snapshot })
      if (settings !== session.settings) return
      stepsAsked[contender] = snapshot.step
      cosines = settings.contenders.map((_, i) => (i === contender ? cosine : (cosines[i] ?? null)))
    }
  }

  $effect(() => {
    let timer: ReturnType<typeof setTimeout>
    let gone = false
    const again = (): void => {
      // A cosine that cannot be measured is omitted: the table shows a dash.
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
