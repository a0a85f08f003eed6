/** Compares stored runs with the suite that reproduces them. */
import type { BenchmarkEntry } from '../run/benchmark.js'
import type { StoredRun } from '../run/storedRuns.js'
import type { SuiteRow } from './suiteRow.js'

/** The suite's row for a stored run, and the settings in which the run differs from that row. */
export type Standing = { readonly row: SuiteRow; readonly differs: readonly string[] }

/** A list of one, which old runs store without brackets, equals its element. */
const text = (value: unknown): string => JSON.stringify(Array.isArray(value) ? value : [value])

/**
 * The suite's row for a stored run; null if there is none. Settings that the run does not store are taken from the row.
 */
export function standing(
  { name, run }: StoredRun,
  rows: readonly SuiteRow[],
  benchmarks: readonly BenchmarkEntry[],
): Standing | null {
  const row = rows.find((r) => r.name === name && r.args[0] === run.command)
  const entry = benchmarks.find((b) => b.name === run.command)
  if (row === undefined || entry === undefined) return null
  const stored = new Map(Object.entries(run.settings as object))
  const differs = Object.entries(entry.settings(row.args.slice(1)))
    .filter(([key, value]) => stored.has(key) && text(stored.get(key)) !== text(value))
    .map(([key]) => key)
  return { row, differs }
}
