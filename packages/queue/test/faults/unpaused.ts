/** Repeats a try in which a worker paused. */
import type { Outcome } from './suite.js'

/** Paused tries that are repeated at most; the outcome of the next one counts, paused or not. */
const MAX_REPEATS = 3

/** The outcome of a try, with the trials that were lost in the repeated ones too. */
export type Tried = Outcome & {
  /** The number of times that the try was repeated. */
  readonly repeats: number
}

/**
 * Runs a try, and repeats it if trials ran again while a worker that lived paused for a quarter of a lock or longer, as
 * on a machine that is much too busy: others take the trials of such a worker, as they must. A pause excuses no lost
 * trial.
 */
export async function unpaused(one: () => Promise<Outcome>): Promise<Tried> {
  let lost = 0
  for (let repeats = 0; ; repeats++) {
    const outcome = await one()
    lost += outcome.lost
    const excused = outcome.paused && (outcome.twice > 0 || outcome.again > 0)
    if (!excused || repeats === MAX_REPEATS) return { ...outcome, lost, repeats }
  }
}
