/** The table of a reproduction that an earlier command stored, for other problems of the paper. */
import { readFile } from 'node:fs/promises'
import type { Provenance } from '@spikeward/experiment/node'
import type { ReproduceSettings, ReproducedCost, ReproducedRow } from './reproduceRows.js'

export type TableParts = {
  readonly rows: readonly ReproducedRow[]
  readonly costs: readonly ReproducedCost[]
  readonly figures: readonly string[]
}

/** The parts of a stored table that a command keeps: problems that it does not run. */
export type StoredTable = TableParts & {
  /**
   * A note about the parts of the stored table that the new one does not keep, and the reason; null if it keeps all, or
   * if there is none.
   */
  readonly note: string | null
}

/** The settings and the origin that all rows of one table share. */
export type TableOrigin = ReproduceSettings & Omit<Provenance, 'date'>

const nothing = { rows: [], costs: [], figures: [] } as const

type Written = TableParts & TableOrigin & { readonly paper: string }

/** Whether a file is a table of this paper that this program wrote. */
const isTable = (table: unknown, paper: string): table is Written => {
  const { paper: of, rows, costs, figures } = (table ?? {}) as Partial<Written>
  return (
    of === paper &&
    [rows, costs, figures].every((list) => Array.isArray(list)) &&
    rows!.every((row) => typeof row.problem === 'string' && Array.isArray(row.trials) && typeof row.config === 'object')
  )
}

const settingsOf = ({ keys, backend, threads, quick, budget, steps = null }: TableOrigin): string =>
  JSON.stringify([keys, backend, threads, quick, budget, steps])

const sourceOf = ({ machine, versions, commit, dirty }: TableOrigin): string =>
  JSON.stringify([machine, versions, commit, dirty])

/**
 * Reads what a stored table holds of problems that are not run now; empty if there is none, if the file is not one, or
 * if its rows have another origin: a table records one machine, one version and one commit, and those of this command
 * are not theirs.
 *
 * @param path table.json
 * @param now the settings and the origin of this command's rows
 * @param ran the problems of this command
 */
export async function storedTable(
  path: string,
  paper: string,
  now: TableOrigin,
  ran: readonly string[],
): Promise<StoredTable> {
  const without = (note: string | null): StoredTable => ({ ...nothing, note })
  let table: unknown
  try {
    table = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return without(null)
    const why = error instanceof Error ? error.message : String(error)
    return without(`note: ${path} could not be read, so this table replaces it: ${why}\n`)
  }
  if (!isTable(table, paper)) return without(`note: ${path} was not a table of ${paper}, so this table replaces it\n`)
  const others = [...new Set(table.rows.map(({ problem }) => problem))].filter((problem) => !ran.includes(problem))
  const differing = [
    ...(settingsOf(table) === settingsOf(now) ? [] : ['with other settings']),
    ...(sourceOf(table) === sourceOf(now) ? [] : ['of another machine, version or commit']),
  ].join(' and ')
  if (differing !== '') {
    const note = `note: ${path} held ${others.join(', ')} ${differing}; a table cannot mix them, so these rows were removed; name another folder with --out to keep both\n`
    return without(others.length === 0 ? null : note)
  }
  const isKept = ({ problem }: { readonly problem: string }): boolean => others.includes(problem)
  return {
    rows: table.rows.filter(isKept),
    costs: table.costs.filter(isKept),
    figures: table.figures.filter((name) => others.some((problem) => /^(.*)\.[a-z]+$/.exec(name)?.[1] === problem)),
    note: null,
  }
}

export function joined(problems: readonly string[], a: TableParts, b: TableParts): TableParts {
  const inOrder = <T extends { readonly problem: string }>(all: readonly T[]): readonly T[] =>
    problems.flatMap((problem) => all.filter((one) => one.problem === problem))
  return {
    rows: inOrder([...a.rows, ...b.rows]),
    costs: inOrder([...a.costs, ...b.costs]),
    figures: [...a.figures, ...b.figures],
  }
}
