import type { Ask } from './askWorker.js'
import type { Session } from './session.svelte.js'

/** Milliseconds between two rounds. */
const EVERY = 1500

/**
 * Repeatedly measures how well each contender's estimate agrees with back-propagation during the run. Make it while a
 * component is created.
 */
export class Cosines {
  now = $state.raw<readonly (number | null)[]>([])
  #steps: number[] = []
  #before: Session['settings'] | null = null

  constructor(session: Session, ask: Ask) {
    $effect(() => {
      let timer: ReturnType<typeof setTimeout>
      let gone = false
      const wait = (): void => {
        // A cosine that cannot be measured is omitted: the table shows a dash.
        const again = (): void =>
          void this.#round(session, ask)
            .catch(() => undefined)
            .then(wait)
        if (!gone) timer = setTimeout(again, EVERY)
      }
      wait()
      return () => {
        gone = true
        clearTimeout(timer)
      }
    })
  }

  async #round(session: Session, ask: Ask): Promise<void> {
    const { settings, snapshots } = session
    if (settings !== this.#before) {
      this.#before = settings
      this.#steps = settings.contenders.map(() => -1)
      this.now = settings.contenders.map(() => null)
    }
    for (const [contender, { estimator }] of settings.contenders.entries()) {
      const snapshot = snapshots[contender] ?? null
      if (snapshot === null || estimator === 'bp' || snapshot.step === this.#steps[contender]) continue
      const { cosine } = await ask('cosine', { settings, contender, snapshot })
      if (settings !== session.settings) return
      this.#steps[contender] = snapshot.step
      this.now = this.now.with(contender, cosine)
    }
  }
}
