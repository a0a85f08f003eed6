/** Stored runs beside the suite that is to give them again. */
import type { BenchmarkEntry } from '../run/benchmark.js'
import type { StoredRun } from '../run/files.js'
import type { SuiteRow } from './suite.js'

/** What the suite says of a stored run: its row, and which settings of the run are not those of the row. */
export type Standing = { readonly row: SuiteRow; readonly differs: readonly string[] }

/** A list of one, as old runs have it without its brackets, is the same as that one. */
const text = (value: unknown): string => JSON.stringify(Array.isArray(value) ? value : [value])

/** A stored run beside the row of its name; null where there is none. Settings that the run does not tell are its row's. */
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
