/** docs/benchmarks.md: tables from the stored runs with the prose of prose.ts. */
import { SpikewardError } from '@spikeward/core'
import { measuredOn } from '../report/measuredOn.js'
import { tableMarkdown } from '../report/tableMarkdown.js'
import { quoted } from '../run/benchmark.js'
import type { BenchmarkEntry } from '../run/benchmark.js'
import type { StoredRun } from '../run/storedRuns.js'
import { standing } from '../suite/standing.js'
import { full } from '../suite/suite.js'
import { chapters, introduction } from './prose.js'

/** How the settings of the suite differ from those of a run, if they do. */
function again(stored: StoredRun, benchmarks: readonly BenchmarkEntry[]): string {
  const found = standing(stored, full, benchmarks)
  if (found === null || found.differs.length === 0) return ''
  return `; the current suite uses other settings (${found.differs.join(', ')}): \`bench ${quoted(found.row.args)}\``
}

/** The runs of a chapter: those whose benchmark it names, in the order of their names. */
function chapter(
  { title, about, command }: (typeof chapters)[number],
  runs: readonly StoredRun[],
  benchmarks: readonly BenchmarkEntry[],
): string {
  const entry = benchmarks.find((b) => b.name === command)
  if (entry === undefined) {
    throw new SpikewardError('BENCH_DOCS', `the chapter "${title}" is about ${command}, which is not a benchmark`)
  }
  const own = runs.filter(({ run }) => run.command === command)
  if (own.length === 0) return ''
  const parts = own.map((stored) => {
    const { name, run } = stored
    const tables = entry.tables(run).map((t) => `**${t.title}**\n\n${tableMarkdown(t)}`)
    return `\`${run.line}\`  \n\`docs/benchmarks/${name}.json\`: ${measuredOn(run)}${again(stored, benchmarks)}\n\n${tables.join('\n')}`
  })
  return `## ${title}\n\n${about}\n\n${parts.join('\n')}`
}

/**
 * The page. A run without a chapter is an error, so that no stored number is left out.
 *
 * @throws BENCH_DOCS
 */
export function docsPage(runs: readonly StoredRun[], benchmarks: readonly BenchmarkEntry[]): string {
  const told = new Set<string>(chapters.map((c) => c.command))
  const untold = runs.filter(({ run }) => !told.has(run.command)).map(({ name }) => name)
  if (untold.length > 0) {
    throw new SpikewardError(
      'BENCH_DOCS',
      `no chapter shows ${untold.join(', ')}; give the command a chapter in apps/bench/src/docs/prose.ts`,
    )
  }
  const parts = chapters.map((c) => chapter(c, runs, benchmarks)).filter((text) => text !== '')
  return `${[introduction, ...parts].map((text) => text.trimEnd()).join('\n\n')}\n`
}
