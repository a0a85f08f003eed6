/** Whether a run took results from earlier sessions; its duration is then not that of its results. */
import type { AnyRun } from './run.js'

/** In a run that may continue an interrupted one. */
export type MaybeResumed = {
  /** Absent in older runs. */
  readonly resumed?: boolean
}

/** The durations of trainings that rows may store. */
type Timed = {
  readonly tests?: readonly { readonly seconds?: number | null }[]
  readonly trainingSeconds?: number | null
}

/** By its flag; without one, if its trainings together took longer than the whole command. */
export function isResumed(run: AnyRun): boolean {
  const { resumed, rows = [] } = run as AnyRun & MaybeResumed & { readonly rows?: readonly Timed[] }
  const seconds = rows.flatMap(({ tests = [], trainingSeconds }) => [
    trainingSeconds ?? 0,
    ...tests.map((test) => test.seconds ?? 0),
  ])
  return resumed ?? seconds.reduce((sum, s) => sum + s, 0) > run.seconds
}
