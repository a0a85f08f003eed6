import { join } from 'node:path'
import { trainCell } from '../accuracy/cell.js'
import type { CellRow, Outcome } from '../accuracy/cell.js'
import { commandLine } from '../accuracy/commandLine.js'
import { withSpread } from '../accuracy/show.js'
import { cellsOf, sweep } from '../accuracy/sweep.js'
import { summarise } from '../accuracy/summarise.js'
import type { Summary } from '../accuracy/summarise.js'
import { checkoutRoot } from '../paths.js'
import { showProgress } from '../progress.js'
import { digits } from '../report/numbers.js'
import type { Table } from '../report/table.js'
import { defineBenchmark } from '../run/benchmark.js'
import { sourceOf } from '@spikeward/train/node'
import type { Run } from '../run/run.js'
import { count, keys, names, positive } from '../usage.js'

type Settings = {
  readonly problem: string
  readonly estimators: readonly string[]
  readonly backend: string
  readonly keys: readonly number[]
  readonly seconds?: number
  readonly threads: number
  readonly budget: number
  readonly options?: readonly string[]
}

type Result = { readonly rows: readonly CellRow[]; readonly left: number }

/** An outcome without what the test points say: a search must not know it. */
export const withoutTest = (outcome: Outcome): Outcome => ({
  ...outcome,
  relativeL2: null,
  relativeL2Pooled: null,
  baselineRidge: null,
})

/** Of each estimator the settings whose error on the validation points is least in the mean over the keys. */
export function chosen(rows: readonly CellRow[]): ReadonlySet<Summary> {
  const best = new Map<string, Summary>()
  for (const one of summarise(rows)) {
    const name = one.estimator.split(' ')[0] ?? ''
    const error = one.failures.length > 0 ? Infinity : (one.validation?.mean ?? Infinity)
    if (error < (best.get(name)?.validation?.mean ?? Infinity)) best.set(name, one)
  }
  return new Set(best.values())
}

function searchTable({ settings, rows, left }: Run<Settings, Result>): Table {
  const names = new Set([...chosen(rows)].map((s) => s.estimator))
  return {
    title: `Settings for ${settings.problem}: relative L2 on the validation points, mean and spread over keys ${settings.keys.join(', ')}`,
    head: ['estimator', 'validation', 'seconds', 'forward passes', ''],
    rows: summarise(rows).map((s) => [
      s.estimator,
      s.failures.length > 0 ? `failed: ${s.failures.join('; ')}` : withSpread(s.validation),
      withSpread(s.trainingSeconds),
      digits(s.forwardEquivalents?.mean),
      names.has(s.estimator) ? 'chosen' : '',
    ]),
    ...(left > 0 ? { note: `${left} cells are left; the same command goes on with them.` } : {}),
  }
}

/** `search`: settings tried beside each other, chosen by the validation points; errors on the test points are thrown away. */
export const search = defineBenchmark<Settings, Result>({
  name: 'search',
  about: 'tries settings of estimators and chooses by the validation points alone; goes on where it was cut off',
  options: (command) =>
    command
      .option('--problem <name>', 'a problem of `spikeward list`', 'mexican-hat')
      .option('--estimators <names>', 'estimators of `spikeward list`; rfg/layerwise names a scope', names, ['rfg'])
      .option('--backend <name>', 'backend', 'native')
      .option('--keys <list>', 'keys, none that is reported with afterwards', keys, [201, 202])
      .option('--seconds <s>', 'train each for about so long; default: the steps that its own settings say', positive)
      .option(
        '--options <text>',
        'options of `spikeward train` to try, in one string; again for others; default: none',
        (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), text],
      )
      .option('--threads <n>', 'threads', count, 1)
      .option('--budget <s>', 'begin no further training after so many seconds', positive, 3600),
  quick: { keys: [201], seconds: 1, budget: 60 },
  async measure(settings, { io, out }) {
    const program = await commandLine()
    const { problem, backend, seconds = null, options = [''] } = settings
    const all = cellsOf({ ...settings, problems: [problem], backends: [backend], options, seconds })
    const progress = showProgress(io, all.length)
    const { commit, dirty } = sourceOf(checkoutRoot)
    const result = await sweep(all, {
      file: out === null ? null : join(out.folder, `${out.name}.cells.jsonl`),
      source: `${commit}${dirty ? ' and changes' : ''}`,
      budget: settings.budget,
      train: async (cell) => withoutTest(await trainCell(program, cell)),
      onCell: (c) => progress.step(`${c.problem} ${c.estimator} ${c.options} key ${c.key}`),
    })
    progress.stop()
    return { result, samples: {} }
  },
  tables: (run) => [searchTable(run)],
  figures: () => [],
})
