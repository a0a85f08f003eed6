import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { writeWhole } from '@spikeward/core/node'
import { storedRegressions } from '../../../../scripts/lib/dataBaselines.mjs'
import type { CellRow } from '../accuracy/cell.js'
import { type AccuracyRun, isAccuracyRun } from '../benchmarks/accuracy/accuracy.js'
import { benchmarkPages } from '../docs/benchmarkPages.js'
import { reproducedFinding, withFindings, withHeadlines } from '../docs/headlines.js'
import { type RunInDocs, STORE, checkPlaces, docsError, placeRuns, readRunsInDocs } from '../docs/storedInDocs.js'
import { type Io, checkoutRoot } from '../io.js'
import { benchmarks } from '../run/benchmarks.js'

const docs = join(checkoutRoot, 'docs')
const home = join(docs, 'benchmarks')

/** The rows of runs that did not compute the regressions on their data, completed with stored ones. */
function withRegressions(runs: readonly RunInDocs[]): readonly RunInDocs[] {
  const regressionsOf = storedRegressions(docs)
  const completed = (row: CellRow): CellRow => {
    const { linear, kernel } = regressionsOf(row)
    const { baselines: own } = row
    return { ...row, baselines: { ...own, linear: own.linear ?? linear, kernel: own.kernel ?? kernel } }
  }
  return runs.map((stored) => {
    if (!isAccuracyRun(stored.run)) return stored
    const run: AccuracyRun = { ...stored.run, rows: stored.run.rows.map(completed) }
    return { ...stored, run }
  })
}

export type Rendered = { readonly path: string; readonly text: string }

/** The reproduction of a paper that docs/benchmarks.md quotes. */
const PAPER = 'wan2024'

/**
 * The files that the stored runs determine: the benchmark pages and their index with its findings, and the README with
 * its headlines.
 */
export async function renderDocs(): Promise<readonly Rendered[]> {
  const runs = withRegressions(await readRunsInDocs(home))
  checkPlaces(runs, benchmarks)
  const readme = join(checkoutRoot, 'README.md')
  const index = join(docs, 'benchmarks.md')
  const reproduced = { [PAPER]: await reproducedFinding(home, PAPER) }
  return [
    ...(await benchmarkPages(home, runs, benchmarks)),
    { path: readme, text: withHeadlines(await readFile(readme, 'utf8'), runs, benchmarks) },
    { path: index, text: withFindings(await readFile(index, 'utf8'), runs, benchmarks, reproduced) },
  ]
}

/** `docs`: moves new runs of docs/benchmarks into the folders of their pages, and writes the pages. */
export function addDocs(program: Command, io: Io): void {
  program
    .command('docs')
    .description(
      `move new runs of ${STORE} into the folders of their pages; write these pages, their findings and the headlines of README.md`,
    )
    .option('--check', 'only report whether they match the stored runs', false)
    .action(async ({ check }: { readonly check: boolean }) => {
      if (!check) await placeRuns(home, benchmarks)
      for (const { path, text } of await renderDocs()) {
        if (!check) await writeWhole(path, text)
        else if ((await readFile(path, 'utf8')) !== text) {
          throw docsError(`${path} does not match the stored runs; run: npm run -s bench -- docs`)
        }
        io.out(`${path}\n`)
      }
    })
}
