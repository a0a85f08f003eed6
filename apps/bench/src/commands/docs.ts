import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { SpikewardError } from '@spikeward/core'
import { writeWhole } from '@spikeward/core/node'
import { benchmarkPages } from '../docs/benchmarkPages.js'
import { withFindings, withHeadlines } from '../docs/headlines.js'
import { reproducedFinding } from '../docs/reproducedFinding.js'
import { STORE, checkPlaces, placeRuns, readRunsInDocs } from '../docs/storedInDocs.js'
import type { Io } from '../io.js'
import { checkoutRoot } from '../paths.js'
import { drawSvg } from '../report/figure.js'
import { benchmarks } from '../run/benchmarks.js'

const docs = join(checkoutRoot, 'docs')
const home = join(docs, 'benchmarks')

/** A file and its text. */
export type Rendered = { readonly path: string; readonly text: string }

/** The run over ranks, and the files of its figures. */
const RANKS = { run: 'distributed', figures: ['scale-out-ranks', 'scale-out-links', 'scale-out-model'] } as const

/** The run whose figure shows how errors grow with depth. */
const SCALES = 'tuned-depth-mirror'

/** The reproduction of a paper that docs/benchmarks.md quotes. */
const PAPER = 'wan2024'

/**
 * The files that the stored runs determine: the benchmark pages and their index with its findings, the README with its
 * headlines, and the figures of guides.
 *
 * @throws BENCH_DOCS for a run that does not lie in the folder of its page
 */
export async function renderDocs(): Promise<readonly Rendered[]> {
  const runs = await readRunsInDocs(home)
  checkPlaces(runs, benchmarks)
  const readme = join(checkoutRoot, 'README.md')
  const index = join(docs, 'benchmarks.md')
  const reproduced = { [PAPER]: await reproducedFinding(home, PAPER) }
  const ranks = runs.find((r) => r.name === RANKS.run)
  const overRanks = ranks === undefined ? [] : (benchmarks.find((b) => b.name === RANKS.run)?.figures(ranks.run) ?? [])
  const depth = runs.find((r) => r.name === SCALES)
  const [figure] = depth === undefined ? [] : (benchmarks.find((b) => b.name === 'tuned')?.figures(depth.run) ?? [])
  const laws = runs.filter(({ run }) => run.command === 'laws')
  return [
    ...(await benchmarkPages(home, runs, benchmarks)),
    { path: readme, text: withHeadlines(await readFile(readme, 'utf8'), runs, benchmarks) },
    { path: index, text: withFindings(await readFile(index, 'utf8'), runs, benchmarks, reproduced) },
    ...(await Promise.all(
      overRanks.map(async (figure, i) => ({
        path: join(docs, 'images', `${RANKS.figures[i]}.svg`),
        text: `${await drawSvg(figure)}\n`,
      })),
    )),
    ...(await Promise.all(
      laws.map(async ({ name, run }) => ({
        path: join(docs, 'images', `${name}.svg`),
        text: `${await drawSvg(benchmarks.find((b) => b.name === 'laws')!.figures(run)[0]!)}\n`,
      })),
    )),
    ...(figure === undefined
      ? []
      : [{ path: join(docs, 'images', 'how-it-scales.svg'), text: `${await drawSvg(figure)}\n` }]),
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
          throw new SpikewardError(
            'BENCH_DOCS',
            `${path} does not match the stored runs; run: npm run -s bench -- docs`,
          )
        }
        io.out(`${path}\n`)
      }
    })
}
