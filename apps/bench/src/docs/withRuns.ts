/** Tables of stored runs between marks of a written page. */
import { SpikewardError } from '@spikeward/core'
import { measuredOn } from '../report/measuredOn.js'
import { tableMarkdown } from '../report/tableMarkdown.js'
import type { BenchmarkEntry } from '../run/benchmark.js'
import { STORE } from './storedInDocs.js'
import type { RunInDocs } from './storedInDocs.js'

/** A mark `<!-- run: NAME -->` with its tables, up to `<!-- end -->`. */
const mark = /<!-- run: ([\w-]+) -->\n.*?<!-- end -->/gs

export const runsOf = (page: string): readonly string[] => [...page.matchAll(mark)].map(([, name = '']) => name)

/**
 * A page with the tables of runs between `<!-- run: NAME -->` and `<!-- end -->`, each below the command that measured
 * it.
 *
 * @throws BENCH_DOCS if a run that the page names is not stored
 */
export function withRuns(page: string, runs: readonly RunInDocs[], benchmarks: readonly BenchmarkEntry[]): string {
  return page.replaceAll(mark, (_, name: string) => {
    const stored = runs.find((r) => r.name === name)
    const entry = benchmarks.find((b) => b.name === stored?.run.command)
    if (stored === undefined || entry === undefined) {
      throw new SpikewardError(
        'BENCH_DOCS',
        `the page shows ${name}, but no such run is stored; run: npm run -s bench -- all --only ${name} --out ${STORE}`,
      )
    }
    const { run } = stored
    const tables = entry.tables(run).map((t) => `**${t.title}**\n\n${tableMarkdown(t).trimEnd()}`)
    const from = `\`${run.line}\`  \n\`docs/benchmarks/${stored.path}\`: ${measuredOn(run)}`
    return [`<!-- run: ${name} -->`, '', from, '', ...tables.flatMap((t) => [t, '']), '<!-- end -->'].join('\n')
  })
}
