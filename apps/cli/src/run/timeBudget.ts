import type { Mark } from './pace.js'

/** A run that was planned to fill a time. */
export type TimePlan = { readonly steps: number; readonly seconds: number }

/** Share of the time by which a run may miss it before its plan is changed, and the seconds that a change costs about. */
const TOLERANCE = 0.05
const CHANGE = 0.5

/**
 * The number of steps that fills the time, where the plan would miss it by more than a twentieth: the pace at the start
 * of a run may be another than its pace later, since other programs come and go. Null if the plan holds, and where a
 * change would cost more than it mends.
 *
 * @param since the moment from which the pace counts: the last change of the plan
 * @param now a later moment of the run
 */
export function replanned(since: Mark, now: Mark, { steps, seconds }: TimePlan): number | null {
  const taken = now.step - since.step
  const left = seconds - now.seconds
  if (taken <= 0 || now.step >= steps) return null
  const perStep = (now.seconds - since.seconds) / taken
  const miss = Math.abs(perStep * (steps - now.step) - left)
  if (miss <= TOLERANCE * seconds || miss <= 2 * CHANGE) return null
  // One more step ends the run: its schedule then reaches its end.
  const planned = now.step + Math.max(1, Math.round((left - CHANGE) / perStep))
  return planned === steps ? null : planned
}
