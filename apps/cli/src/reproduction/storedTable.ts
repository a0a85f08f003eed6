/** The table of a reproduction that an earlier command stored, for other problems of the paper. */
import { readFile } from 'node:fs/promises'
import type { ReproduceSettings, ReproducedCost, ReproducedRow } from './reproduceRows.js'

/** Rows, costs and figures of some problems. */
export type TableParts = {
  readonly rows: readonly ReproducedRow[]
  readonly costs: readonly ReproducedCost[]
  readonly figures: readonly string[]
}

/** The parts of a stored table that a command keeps: problems that it does not run, and problems with other settings. */
export type StoredTable = TableParts & {
  /** Problems of the stored table whose rows ran with other settings, so that one table cannot hold both. */
  readonly other: readonly string[]
}

const none: StoredTable = { rows: [], costs: [], figures: [], other: [] }

type Written = TableParts & ReproduceSettings & { readonly paper: string }

/** Whether a file is a table of this paper that this program wrote. */
const isTable = (found: unknown, paper: string): found is Written => {
  const { paper: of, rows, costs, figures } = (found ?? {}) as Partial<Written>
  return (
    of === paper &&
    [rows, costs, figures].every((list) => Array.isArray(list)) &&
    rows!.every((row) => typeof row.problem === 'string' && Array.isArray(row.trials) && typeof row.config === 'object')
  )
}

const identity = ({ keys, backend, threads, quick, budget, steps = null }: ReproduceSettings): string =>
  JSON.stringify([keys, backend, threads, quick, budget, steps])

/**
 * Reads what a stored table holds of problems that are not run now; empty if there is none, or if the file is not one.
 *
 * @param path table.json
 * @param ran the problems of this command
 */
export async function storedTable(
  path: string,
  paper: string,
  settings: ReproduceSettings,
  ran: readonly string[],
): Promise<StoredTable> {
  const found: unknown = await readFile(path, 'utf8')
    .then(JSON.parse, () => null)
    .catch(() => null)
  if (!isTable(found, paper)) return none
  const others = [...new Set(found.rows.map(({ problem }) => problem))].filter((problem) => !ran.includes(problem))
  if (identity(found) !== identity(settings)) return { ...none, other: others }
  const isKept = ({ problem }: { readonly problem: string }): boolean => others.includes(problem)
  return {
    rows: found.rows.filter(isKept),
    costs: found.costs.filter(isKept),
    figures: found.figures.filter((name) => others.some((problem) => /^(.*)\.[a-z]+$/.exec(name)?.[1] === problem)),
    other: [],
  }
}

/** The parts of two tables, in the order of the paper. */
export function joined(problems: readonly string[], a: TableParts, b: TableParts): TableParts {
  const inOrder = <T extends { readonly problem: string }>(all: readonly T[]): readonly T[] =>
    problems.flatMap((problem) => all.filter((one) => one.problem === problem))
  return {
    rows: inOrder([...a.rows, ...b.rows]),
    costs: inOrder([...a.costs, ...b.costs]),
    figures: [...a.figures, ...b.figures],
  }
}
