/** The pages docs/benchmarks/COMMAND.md: each shows all stored runs of one benchmark, between sentences that are written there. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import type { BenchmarkEntry } from '../run/benchmark.js'
import type { StoredRun } from '../run/storedRuns.js'
import { runsOf, withRuns } from './withRuns.js'

/** A page with a section `## NAME` at its end for every run that it does not show yet. */
export function withSections(page: string, names: readonly string[]): string {
  const shown = new Set(runsOf(page))
  const sections = names
    .filter((name) => !shown.has(name))
    .map((name) => `\n## \`${name}\`\n\n<!-- run: ${name} -->\n<!-- end -->\n`)
  return [`${page.trimEnd()}\n`, ...sections].join('')
}

/**
 * The page of every benchmark that has stored runs, in `folder`. A benchmark without a page is an error, so that no
 * stored number is left out.
 *
 * @throws BENCH_DOCS
 */
export async function benchmarkPages(
  folder: string,
  runs: readonly StoredRun[],
  benchmarks: readonly BenchmarkEntry[],
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const commands = [...new Set(runs.map(({ run }) => run.command))].sort()
  return Promise.all(
    commands.map(async (command) => {
      const path = join(folder, `${command}.md`)
      const names = runs.filter(({ run }) => run.command === command).map(({ name }) => name)
      const page = await readFile(path, 'utf8').catch((cause: unknown) => {
        throw new SpikewardError(
          'BENCH_DOCS',
          `no page shows ${names.join(', ')}; write ${path} with a title and what the benchmark measures, and link it in docs/benchmarks.md`,
          { cause },
        )
      })
      return { path, text: withRuns(withSections(page, names), runs, benchmarks) }
    }),
  )
}
