import { mean, spread } from '../sampleStatistics.js'
import { hasLearned } from '@spikeward/experiment'
import { otherMethods, validationOf } from './cell.js'
import type { CellRow, OtherMethods } from './cell.js'

/** Mean and spread of the values that are present; null if there are none. */
export type MeanSpread = { readonly mean: number; readonly spread: number | null } | null

/** A problem, an estimator and a backend over all keys. */
export type Summary = {
  readonly problem: string
  readonly estimator: string
  readonly backend: string
  readonly keys: number
  readonly failures: readonly string[]
  readonly relativeL2: MeanSpread
  readonly relativeL2Pooled: MeanSpread
  readonly validation: MeanSpread
  readonly baselineRidge: MeanSpread
  readonly otherMethods: Readonly<Record<keyof OtherMethods, MeanSpread>>
  /** Whether the error lies below those of the untrained network and of `randomSign` by more than the spread; null: too few keys to tell. */
  readonly learned: boolean | null
  readonly trainingSeconds: MeanSpread
  readonly forwardEquivalents: MeanSpread
  readonly peakBytes: MeanSpread
}

const over = (rows: readonly CellRow[], of: (row: CellRow) => number | null): MeanSpread => {
  const values = rows.map(of).filter((v): v is number => v !== null)
  return values.length === 0 ? null : { mean: mean(values), spread: spread(values) }
}

/** Whether runs have learned, by the controls that they have. */
function learnedOf(rows: readonly CellRow[]): boolean | null {
  const controls = [rows.map((r) => r.baselineRidge), rows.map((r) => r.otherMethods?.randomSign ?? null)]
  const present = controls.filter((control) => control.some((error) => error !== null))
  return hasLearned(
    rows.map((r) => r.relativeL2),
    present,
  )
}

/** Groups rows that differ only in the keys. */
export function summarise(rows: readonly CellRow[]): readonly Summary[] {
  const groups = new Map<string, CellRow[]>()
  for (const row of rows) {
    const id = JSON.stringify([row.problem, row.estimator, row.backend, row.threads, row.seconds, row.options])
    groups.set(id, [...(groups.get(id) ?? []), row])
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const { problem, backend, options } = first
    const estimator = options === '' ? first.estimator : `${first.estimator} ${options}`
    return {
      problem,
      estimator,
      backend,
      keys: group.length,
      failures: [...new Set(group.flatMap((r) => r.failure ?? []))],
      relativeL2: over(group, (r) => r.relativeL2),
      relativeL2Pooled: over(group, (r) => r.relativeL2Pooled ?? null),
      validation: over(group, validationOf),
      baselineRidge: over(group, (r) => r.baselineRidge),
      otherMethods: Object.fromEntries(
        otherMethods.map((name) => [name, over(group, (r) => r.otherMethods?.[name] ?? null)]),
      ) as Summary['otherMethods'],
      learned: learnedOf(group),
      trainingSeconds: over(group, (r) => r.trainingSeconds),
      forwardEquivalents: over(group, (r) => r.forwardEquivalents),
      peakBytes: over(group, (r) => r.peakBytes),
    }
  })
}
