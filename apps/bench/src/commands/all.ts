import { join } from 'node:path'
import type { Command } from 'commander'
import { SpikewardError } from '@spikeward/core'
import { type Io, checkoutRoot } from '../io.js'
import { names } from '../argumentParsers.js'
import { readRunsInDocs } from '../docs/storedInDocs.js'
import { benchmarks } from '../run/benchmarks.js'
import { writeWhole } from '@spikeward/core/node'
import { reportHtml, reportMarkdown, sections } from '../report/reportMarkdown.js'
import { readRuns } from '../run/storedRuns.js'

/** A row of `all`: a command line with its own file, so that each can be run by itself. */
export type SuiteRow = {
  readonly name: string
  readonly args: readonly string[]
  /** How long it took when it was stored. */
  readonly seconds?: number
}

/** The arguments after `bench --` of the line of a stored run, whose words stand in quotes where they need them. */
export const argumentsOf = (line: string): readonly string[] =>
  [...line.replace(/^.*? bench -- /, '').matchAll(/'([^']*)'|\S+/g)].map(([word, inner]) => inner ?? word)

export async function full(): Promise<readonly SuiteRow[]> {
  const runs = await readRunsInDocs(join(checkoutRoot, 'docs', 'benchmarks'))
  return runs.map(({ name, run: { line, seconds } }) => ({ name, args: argumentsOf(line), seconds }))
}

/** Small versions of every command, in a few minutes. */
export const quick: readonly SuiteRow[] = benchmarks.map(({ name }) => ({ name, args: [name, '--quick'] }))

type Options = {
  readonly out: string
  readonly quick: boolean
  readonly only?: readonly string[]
  readonly json: boolean
}

type Ended = { readonly name: string; readonly line: string; readonly code: number; readonly seconds: number }

/** Runs the rows one after another, each in a separate process if possible; a failure does not stop the rest. */
export async function runSuite(
  rows: readonly SuiteRow[],
  folder: string,
  run: (args: readonly string[]) => Promise<number>,
  io: Io,
): Promise<readonly Ended[]> {
  const ended: Ended[] = []
  for (const [i, { name, args, seconds }] of rows.entries()) {
    io.err(
      `\n== ${i + 1}/${rows.length} ${name}: bench ${args.join(' ')}${seconds === undefined ? '' : ` (about ${seconds} s)`}\n`,
    )
    const begun = performance.now()
    // Times are published, so trainings do not share the machine.
    const alone = args[0] === 'accuracy' ? ['--at-once', '1'] : []
    const code = await run([...args, ...alone, '--out', folder, '--name', name])
    ended.push({ name, line: args.join(' '), code, seconds: Math.round((performance.now() - begun) / 1000) })
  }
  return ended
}

/** The rows with these names in the order of the suite; all rows if no names are given. */
export function chosenRows(rows: readonly SuiteRow[], only: readonly string[] | undefined): readonly SuiteRow[] {
  if (only === undefined) return rows
  const unknown = only.filter((name) => !rows.some((row) => row.name === name))
  if (unknown.length > 0 || only.length === 0) {
    throw new SpikewardError(
      'BENCH_SUITE',
      `the suite has no row ${unknown.join(', ')}; its rows are ${rows.map((row) => row.name).join(', ')}`,
    )
  }
  return rows.filter(({ name }) => only.includes(name))
}

export const addAll =
  (runHere: (args: readonly string[], io: Io) => Promise<number>) =>
  (program: Command, io: Io): void => {
    program
      .command('all')
      .description('every benchmark in turn, and a report')
      .option('--out <folder>', 'folder for the JSON files and the report', 'runs/bench')
      .option('--quick', 'small versions of everything: under 10 minutes on two cores', false)
      .option('--only <names>', 'rows of the suite, by file name', names)
      .option('--json', 'print one JSON object on the last line of standard output', false)
      .action(async (options: Options) => {
        const rows = chosenRows(options.quick ? quick : await full(), options.only)
        const quiet: Io = { ...io, out: io.err }
        const ended = await runSuite(rows, options.out, io.spawn ?? ((args) => runHere(args, quiet)), io)
        const report = await writeReport(options.out, io)
        for (const e of ended)
          io.err(`${e.code === 0 ? 'done  ' : 'FAILED'}  ${e.seconds} s  ${e.name}: bench ${e.line}\n`)
        if (options.json) io.out(`${JSON.stringify({ out: options.out, ended, report })}\n`)
        else io.out(`${report.join('\n')}\n`)
        const failed = ended.filter((e) => e.code !== 0)
        if (failed.length > 0) {
          throw new SpikewardError(
            'BENCH_SUITE',
            `${failed.map((e) => e.name).join(', ')} failed, with the message above; run it alone with --only ${failed.map((e) => e.name).join(',')}`,
          )
        }
      })
  }

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
