import type { Mark } from './pace.js'

export type TimePlan = { readonly steps: number; readonly seconds: number }

/** A plan changes if the run would miss its time by more than this share. */
const TOLERANCE = 0.05

/** The approximate seconds that a change of plan costs. */
const CHANGE = 0.5

/**
 * The number of steps that fills the time if the plan would miss it by more than a twentieth: the pace of a run changes
 * as other programs start and stop. Null if the plan holds, or if a change would cost more time than it saves.
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
