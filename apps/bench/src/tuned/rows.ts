import { mean, spread } from '../sampleStatistics.js'
import type { Contender } from './contenders.js'
import type { RateSearch } from './search/searchRates.js'
import type { TrainingOutcome } from './trainTuned.js'

/** A training of the search. The points of the problems are a fixed grid: only the network has a key. */
export type SearchTrial = {
  readonly learningRate: number
  readonly networkKey: number
  readonly validation: number | null
}

/** A training with the best rate and a fresh key. */
export type TestTrial = Omit<TrainingOutcome, 'validation'> & {
  readonly networkKey: number
  readonly validation: number | null
}

/** An estimator on a network: its search with all trials, and its tests. */
export type TunedRow = {
  readonly hidden: readonly number[]
  readonly estimator: Contender
  readonly search: RateSearch & { readonly trials: readonly SearchTrial[] }
  readonly tests: readonly TestTrial[]
}

/** Mean and spread over the tests; null if one of them diverged. */
export function over(
  row: TunedRow,
  of: (test: TestTrial) => number | null,
): { readonly mean: number; readonly spread: number | null } | null {
  const values = row.tests.map(of)
  if (values.length === 0 || values.includes(null)) return null
  const numbers = values.map(Number)
  return { mean: mean(numbers), spread: spread(numbers) }
}

/** The mean error divided by that of `bp` on the same network; null if one of them is missing. */
export function relativeToBp(row: TunedRow, rows: readonly TunedRow[]): number | null {
  const reference = rows.find((r) => r.estimator === 'bp' && String(r.hidden) === String(row.hidden))
  const [own, bp] = [
    over(row, (t) => t.relativeL2),
    reference === undefined ? null : over(reference, (t) => t.relativeL2),
  ]
  return own === null || bp === null ? null : own.mean / bp.mean
}

/** Cosines to back-propagation layer by layer, averaged over the tests. */
export function meanCosines(row: TunedRow, when: 'before' | 'after'): readonly number[] | null {
  const all = row.tests.map((t) => t.cosines?.[when] ?? null)
  if (all.length === 0 || all.includes(null)) return null
  return row.hidden.map((_, l) => mean(all.map((c) => c![l]!)))
}
