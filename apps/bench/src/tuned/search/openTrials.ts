/** A file stores the finished trainings, so that an interrupted command continues. */
import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Purpose, TrainingOutcome, TrainingSettings } from '../trainTuned.js'

/** The settings that trainings share: the sources, the problem with its options, and the backend. */
export type TrialExperiment = {
  /** The commit of the sources, and whether they differ from it: no run continues with trials of other sources. */
  readonly source: string
  readonly problem: string
  readonly options: Readonly<Record<string, unknown>>
  readonly backend: string
  readonly threads: number
}

/** A training and its result. */
export type Trial = {
  /** Absent in older trials; no run continues with them. */
  readonly experiment?: TrialExperiment
  readonly settings: TrainingSettings
  readonly purpose: Purpose
  readonly outcome: TrainingOutcome
}

/** Stores trials. */
export type Trials = {
  /** The stored outcome, or the result of `make`. */
  run(settings: TrainingSettings, purpose: Purpose, make: () => Promise<TrainingOutcome>): Promise<TrainingOutcome>
  /** The durations of the outcomes that `run` took from an earlier session, together. */
  earlierSeconds(): number
}

const idOf = ({ experiment, settings, purpose }: Omit<Trial, 'outcome'>): string =>
  JSON.stringify([experiment ?? null, purpose, settings])

/** Opens the file of the trials of an experiment; null: they are stored in memory. An incomplete last line is ignored. */
export async function openTrials(file: string | null, experiment: TrialExperiment): Promise<Trials> {
  const text = file === null ? '' : await readFile(file, 'utf8').catch(() => '')
  const done = new Map<string, TrainingOutcome>()
  for (const line of text.split('\n').slice(0, -1)) {
    const trial = JSON.parse(line) as Trial
    done.set(idOf(trial), trial.outcome)
  }
  const earlier = new Set(done.keys())
  let earlierSeconds = 0
  if (file !== null) await mkdir(dirname(file), { recursive: true })
  return {
    async run(settings, purpose, make) {
      const id = idOf({ experiment, settings, purpose })
      const kept = done.get(id)
      if (kept !== undefined) {
        if (earlier.delete(id)) earlierSeconds += kept.seconds
        return kept
      }
      const outcome = await make()
      done.set(id, outcome)
      const trial: Trial = { experiment, settings, purpose, outcome }
      if (file !== null) await appendFile(file, `${JSON.stringify(trial)}\n`)
      return outcome
    },
    earlierSeconds: () => earlierSeconds,
  }
}
