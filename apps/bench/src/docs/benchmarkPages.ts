/** The pages of docs/benchmarks: each shows stored runs of one benchmark, between sentences written by hand. */
import { measuredOn } from '../run/run.js'
import { tableMarkdown } from '../report/tableMarkdown.js'
import type { BenchmarkEntry } from '../run/benchmark.js'
import { type RunInDocs, STORE, docsError, pagesOf, placeOf } from './storedInDocs.js'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoredRun } from '../run/storedRuns.js'

/** A page with a section `## NAME` at its end for every run that it does not show yet. */
export function withSections(page: string, names: readonly string[]): string {
  const shown = new Set(runsOf(page))
  const sections = names
    .filter((name) => !shown.has(name))
    .map((name) => `\n## \`${name}\`\n\n<!-- run: ${name} -->\n<!-- end -->\n`)
  return [`${page.trimEnd()}\n`, ...sections].join('')
}

/** The parts of stored runs that each page shows, by the name of the page. */
function partsByPage(
  runs: readonly StoredRun[],
  benchmarks: readonly BenchmarkEntry[],
): ReadonlyMap<string, readonly RunInDocs[]> {
  const parts = new Map<string, readonly RunInDocs[]>()
  for (const stored of runs) {
    const path = placeOf(stored, benchmarks)
    for (const { page, run } of pagesOf(stored.run, benchmarks)) {
      parts.set(page, [...(parts.get(page) ?? []), { name: stored.name, run, path }])
    }
  }
  return parts
}

/**
 * The pages in `folder` that show the stored runs. A run without a page is an error, so that no stored number is left
 * out.
 */
export async function benchmarkPages(
  folder: string,
  runs: readonly StoredRun[],
  benchmarks: readonly BenchmarkEntry[],
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const parts = [...partsByPage(runs, benchmarks)].sort(([a], [b]) => (a < b ? -1 : 1))
  return Promise.all(
    parts.map(async ([name, shown]) => {
      const path = join(folder, `${name}.md`)
      const names = shown.map((r) => r.name)
      const page = await readFile(path, 'utf8').catch((cause: unknown) => {
        throw docsError(
          `no page shows ${names.join(', ')}; write ${path} with a title and what the benchmark measures, and link it in docs/benchmarks.md`,
          { cause },
        )
      })
      return { path, text: withRuns(withSections(page, names), shown, benchmarks) }
    }),
  )
}

/** A mark `<!-- run: NAME -->` with its tables, up to `<!-- end -->`. */
const mark = /<!-- run: ([\w-]+) -->\n.*?<!-- end -->/gs

export const runsOf = (page: string): readonly string[] => [...page.matchAll(mark)].map(([, name = '']) => name)

/**
 * A page with the tables of runs between `<!-- run: NAME -->` and `<!-- end -->`, each below the command that measured
 * it.
 */
export function withRuns(page: string, runs: readonly RunInDocs[], benchmarks: readonly BenchmarkEntry[]): string {
  return page.replaceAll(mark, (_, name: string) => {
    const stored = runs.find((r) => r.name === name)
    const entry = benchmarks.find((b) => b.name === stored?.run.command)
    if (stored === undefined || entry === undefined) {
      throw docsError(
        `the page shows ${name}, but no such run is stored; run: npm run -s bench -- all --only ${name} --out ${STORE}`,
      )
    }
    const { run } = stored
    const tables = entry.tables(run).map((t) => `**${t.title}**\n\n${tableMarkdown(t).trimEnd()}`)
    const from = `\`${run.line}\`  \n\`docs/benchmarks/${stored.path}\`: ${measuredOn(run)}`
    return [`<!-- run: ${name} -->`, '', from, '', ...tables.flatMap((t) => [t, '']), '<!-- end -->'].join('\n')
  })
}
