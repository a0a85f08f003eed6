/** Runs all cells. A file stores the finished ones, so that a second call continues. */
import { appendFile, mkdir, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Scheduler, inProcess } from '@spikeward/distributed'
import { type Cell, type CellRow, type Outcome, cellId } from './cell.js'

/**
 * Every combination, keys innermost; for each problem, one set of further options after the other. The baselines belong
 * to the data, so the first estimator alone computes them.
 */
export function cellsOf(s: {
  readonly problems: readonly string[]
  readonly estimators: readonly string[]
  readonly backends: readonly string[]
  readonly keys: readonly number[]
  /** As many as keys, each for the key at its place. */
  readonly dataKeys?: readonly number[]
  readonly seconds: number | null
  readonly threads: number
  readonly options: readonly string[]
  readonly baselines?: string
}): readonly Cell[] {
  const { seconds, threads, dataKeys, baselines } = s
  return s.problems.flatMap((problem) =>
    s.options.flatMap((options) =>
      s.estimators.flatMap((estimator, place) =>
        s.backends.flatMap((backend) =>
          s.keys.map((key, i) => ({
            ...{ problem, estimator, backend, key, seconds, threads, options },
            ...(dataKeys === undefined ? {} : { dataKey: dataKeys[i]! }),
            ...(baselines === undefined ? {} : { baselineChoice: place === 0 ? baselines : 'none' }),
          })),
        ),
      ),
    ),
  )
}

export type SweepOptions = {
  /** The file for finished cells, one per line; null: none. */
  readonly file: string | null
  /** Further files of finished cells, those of shards. Default none. */
  readonly others?: readonly string[]
  /** Runs the cells; default: one after another. */
  readonly scheduler?: Scheduler
  /** The commit of the sources, and whether they differ from it: rows of other sources are not reused. */
  readonly source: string
  /** Seconds after which no further cell is started. */
  readonly budget: number
  /** Seconds since some moment. Default: the time on the clock. */
  readonly clock?: () => number
  /** Whether to keep the file once all cells are finished, for further cells. Default false. */
  readonly keep?: boolean
  readonly train: (cell: Cell) => Promise<Outcome>
  readonly onCell: (cell: Cell) => void
}

/** Rows in the order of the cells, and the number of cells left. */
export type Sweep = {
  readonly rows: readonly CellRow[]
  readonly left: number
  /** The durations of the cells that an earlier session finished, their baselines included, together. */
  readonly earlierSeconds: number
  /** The durations of all cells one after another. */
  readonly trialSeconds: number
}

/** `took`: seconds of the whole cell, its baselines included. */
type StoredRow = { readonly source: string; readonly row: CellRow; readonly took: number }

/** The cells that these sources have finished; an incomplete last line is ignored. */
async function stored(file: string, source: string): Promise<Map<string, StoredRow>> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const rows = new Map<string, StoredRow>()
  for (const line of text.split('\n').slice(0, -1)) {
    const one = JSON.parse(line) as StoredRow
    if (one.source === source) rows.set(cellId(one.row), one)
  }
  return rows
}

/** Trains the unfinished cells. Deletes the file of finished cells once there are none left. */
export async function sweep(cells: readonly Cell[], options: SweepOptions): Promise<Sweep> {
  const { file, others = [], source, budget, train, onCell, keep = false, scheduler = inProcess() } = options
  const { clock = () => performance.now() / 1000 } = options
  const files = file === null ? [] : [file, ...others]
  const done = new Map<string, StoredRow>()
  for (const one of files) for (const [id, row] of await stored(one, source)) done.set(id, row)
  if (file !== null) await mkdir(dirname(file), { recursive: true })
  const begun = clock()
  const earlier = cells.flatMap((cell) => done.get(cellId(cell)) ?? [])
  for (const { row } of earlier) onCell(row)
  const earlierSeconds = earlier.reduce((sum, { took }) => sum + took, 0)
  const jobs = cells
    .filter((cell) => !done.has(cellId(cell)))
    .map((cell) => ({
      id: cellId(cell),
      async run() {
        const start = clock()
        if (start - begun >= budget) return
        const row: CellRow = { ...cell, ...(await train(cell)) }
        const one: StoredRow = { source, row, took: clock() - start }
        done.set(cellId(cell), one)
        if (file !== null) await appendFile(file, `${JSON.stringify(one)}\n`)
        onCell(cell)
      },
    }))
  await scheduler.run(jobs)
  const ended = cells.flatMap((c) => done.get(cellId(c)) ?? [])
  const rows = ended.map(({ row }) => row)
  const trialSeconds = ended.reduce((sum, { took }) => sum + took, 0)
  const left = cells.length - rows.length
  if (left === 0 && !keep) await Promise.all(files.map((one) => rm(one, { force: true })))
  return { rows, left, earlierSeconds, trialSeconds }
}
