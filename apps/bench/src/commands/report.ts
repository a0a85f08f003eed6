import { join } from 'node:path'
import type { Command } from 'commander'
import { writeWhole } from '@spikeward/core/node'
import type { Io } from '../io.js'
import { reportHtml, reportMarkdown, sections } from '../report/reportMarkdown.js'
import { readRuns } from '../run/storedRuns.js'
import { benchmarks } from '../run/benchmarks.js'

/** Writes report.md and report.html to a folder of runs; returns the two paths. */
export async function writeReport(folder: string, io: Io): Promise<readonly string[]> {
  const { shown, unknown } = sections(await readRuns(folder), benchmarks)
  for (const name of unknown) io.err(`${name}.json is a run of an unknown command; left out\n`)
  const [markdown, html] = [join(folder, 'report.md'), join(folder, 'report.html')]
  await writeWhole(markdown, reportMarkdown(shown))
  await writeWhole(html, await reportHtml(shown))
  return [markdown, html]
}

export function addReport(program: Command, io: Io): void {
  program
    .command('report')
    .description('the runs of a folder as report.md and as report.html, one page with figures')
    .argument('<folder>', 'the folder that --out named')
    .action(async (folder: string) => io.out(`${(await writeReport(folder, io)).join('\n')}\n`))
}
