/** A file stores the finished trainings, so that an interrupted command continues. */
import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Purpose, TrainingOutcome, TrainingSettings } from './trainTuned.js'

/** A training and its result. */
export type Trial = {
  readonly settings: TrainingSettings
  readonly purpose: Purpose
  readonly outcome: TrainingOutcome
}

/** Stores trials. */
export type Trials = {
  /** The stored outcome, or the result of `make`. */
  run(settings: TrainingSettings, purpose: Purpose, make: () => Promise<TrainingOutcome>): Promise<TrainingOutcome>
}

const idOf = (settings: TrainingSettings, purpose: Purpose): string => JSON.stringify([purpose, settings])

/** Opens the file of the trials; null: they are stored in memory. An incomplete last line is ignored. */
export async function openTrials(file: string | null): Promise<Trials> {
  const text = file === null ? '' : await readFile(file, 'utf8').catch(() => '')
  const done = new Map<string, TrainingOutcome>()
  for (const line of text.split('\n').slice(0, -1)) {
    const { settings, purpose, outcome } = JSON.parse(line) as Trial
    done.set(idOf(settings, purpose), outcome)
  }
  if (file !== null) await mkdir(dirname(file), { recursive: true })
  return {
    async run(settings, purpose, make) {
      const kept = done.get(idOf(settings, purpose))
      if (kept !== undefined) return kept
      const outcome = await make()
      done.set(idOf(settings, purpose), outcome)
      if (file !== null) await appendFile(file, `${JSON.stringify({ settings, purpose, outcome } satisfies Trial)}\n`)
      return outcome
    },
  }
}
