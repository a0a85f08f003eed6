/** The sentences of README.md and of docs/benchmarks.md that quote stored runs. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { digits } from '../report/tableMarkdown.js'
import type { BenchmarkEntry } from '../run/benchmark.js'
import type { StoredRun } from '../run/storedRuns.js'
import { STORE, docsError } from './storedInDocs.js'

/** A place for sentences: the names of the quoted runs, then the sentences. */
const place = /<!-- measured: ([\w-]+(?:, [\w-]+)*) -->.*?<!-- end -->/gs

/** A place in a cell of a table for the first sentence about one run. */
const cell = /<!-- finding: ([\w-]+) -->.*?<!-- end -->/g

function headlineOf(
  page: string,
  name: string,
  runs: readonly StoredRun[],
  benchmarks: readonly BenchmarkEntry[],
): readonly [string, ...string[]] {
  const run = runs.find((r) => r.name === name)?.run
  const sentences = run && benchmarks.find((b) => b.name === run.command)?.headline(run)
  if (sentences === undefined || sentences === null) {
    throw docsError(
      `${page} quotes ${name}, but no such run is stored; run: npm run -s bench -- all --only ${name} --out ${STORE}`,
    )
  }
  return sentences
}

/**
 * The README with the sentences of each run that a mark `<!-- measured: name, name -->` names, between it and
 * `<!-- end -->`.
 */
export function withHeadlines(
  readme: string,
  runs: readonly StoredRun[],
  benchmarks: readonly BenchmarkEntry[],
): string {
  if (readme.search(place) < 0) {
    throw docsError(
      'README.md has no <!-- measured: name --> followed by <!-- end -->; add both marks, with the name of a stored run',
    )
  }
  return readme.replace(place, (_, names: string) => {
    const sentences = names.split(', ').map((name) => headlineOf('README.md', name, runs, benchmarks).join(' '))
    return `<!-- measured: ${names} -->\n\n${sentences.join('\n')}\n\n<!-- end -->`
  })
}

/**
 * The page docs/benchmarks.md with the finding of each run that a mark `<!-- finding: name -->` names, between it and
 * `<!-- end -->`: the first sentence about the run.
 */
export function withFindings(
  page: string,
  runs: readonly StoredRun[],
  benchmarks: readonly BenchmarkEntry[],
  reproduced: Readonly<Record<string, string>> = {},
): string {
  return page.replace(cell, (_, name: string) => {
    const finding = reproduced[name] ?? headlineOf('docs/benchmarks.md', name, runs, benchmarks)[0]
    return `<!-- finding: ${name} -->${finding.replaceAll('|', '\\|')}<!-- end -->`
  })
}

/** The part of a file of docs/benchmarks/runs/reproduce that the sentence quotes. */
type Reproduction = {
  readonly rows: readonly {
    readonly problem: string
    readonly label: string
    readonly paper: number | null
    readonly mean: number
    readonly spread: number
  }[]
}

/** The first result of a stored reproduction, with the number of its paper. */
export async function reproducedFinding(folder: string, name: string): Promise<string> {
  const text = await readFile(join(folder, 'runs', 'reproduce', `${name}.json`), 'utf8')
  const [{ problem, label, paper, mean, spread }] = (JSON.parse(text) as Reproduction).rows as [Reproduction['rows'][0]]
  return (
    `On ${problem}, the ${label}, ends at a relative L2 error of ${digits(mean)} ± ${digits(spread, 2)} with our settings; ` +
    `the paper, whose settings are not public, reports ${digits(paper)}.`
  )
}
