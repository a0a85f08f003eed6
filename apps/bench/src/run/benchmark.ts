/** A benchmark as a record, with the code that all benchmarks share. */
import { Command } from 'commander'
import { SpikewardError } from '@spikeward/core'
import { dashed } from '@spikeward/experiment'
import { type AnyRun, type Run, type Samples, makeRun, placeOptions } from './run.js'
import type { Io } from '../io.js'
import { type Figure, type Table, tableMarkdown } from '../report/tableMarkdown.js'
import { writeRun } from './storedRuns.js'

export type Surroundings = {
  readonly io: Io
  /** The folder and the name for results; null: results are not stored. */
  readonly out: { readonly folder: string; readonly name: string } | null
}

export type Measured<R> = {
  readonly result: R
  readonly samples: Samples
  /** Seconds that an interrupted run spent in earlier sessions on results of this one. Default 0. */
  readonly earlierSeconds?: number
}

export type PageFolder = 'accuracy' | 'memory' | 'speed'

/** The part of a run that one page of docs/benchmarks shows. */
export type PagePart<R> = { readonly page: string; readonly run: R }

/** A benchmark: its options, its measurement, and how its runs are shown. */
export type Benchmark<S extends object, R extends object> = {
  readonly name: string
  /** The folder of its pages in docs/benchmarks. */
  readonly folder: PageFolder
  readonly about: string
  /** Adds its options; their defaults are the settings of a full run. */
  options(command: Command): Command
  /** The settings that `--quick` uses instead of those defaults. */
  readonly quick: Partial<S>
  /** Null: only a part was measured, and another command shows the whole. */
  measure(settings: S, surroundings: Surroundings): Promise<Measured<R> | null>
  tables(run: Run<S, R>): readonly Table[]
  figures(run: Run<S, R>): readonly Figure[]
  /** A run in sentences: the project's README quotes all, docs/benchmarks.md the first one, which stands by itself. */
  headline?(run: Run<S, R>): readonly [string, ...string[]]
  /**
   * The pages of its folder that show a run, each a part of it; default: the page with the benchmark's name shows the
   * whole run.
   */
  pages?(run: Run<S, R>): readonly PagePart<Run<S, R>>[]
}

export type BenchmarkEntry = {
  readonly name: string
  add(program: Command, io: Io): void
  /** The settings that a command line gives, from the arguments after the command's name. */
  settings(args: readonly string[]): Readonly<Record<string, unknown>>
  tables(run: AnyRun): readonly Table[]
  figures(run: AnyRun): readonly Figure[]
  /** Null if it has none. */
  headline(run: AnyRun): readonly [string, ...string[]] | null
  /** The pages that show a run, docs/benchmarks/PAGE.md, each with the part that it shows. */
  pages(run: AnyRun): readonly PagePart<AnyRun>[]
}

type CommonOptions = { readonly json: boolean; readonly quick: boolean; readonly out?: string; readonly name: string }

export const quoted = (args: readonly string[]): string =>
  args.map((a) => (/^[\w.,=/@:+-]+$/.test(a) ? a : `'${a}'`)).join(' ')

/** Makes a benchmark a command, with `--json`, `--out`, `--name` and `--quick`. */
export function defineBenchmark<S extends object, R extends object>(benchmark: Benchmark<S, R>): BenchmarkEntry {
  const { name, folder, about, quick } = benchmark
  // A stored run of this command has the type that `measure` returns: `checkOwn` checks the name.
  const own = (run: AnyRun): Run<S, R> => {
    if (run.command === name) return run as Run<S, R>
    throw new SpikewardError('BENCH_NOT_A_RUN', `a run of ${run.command} cannot be shown as one of ${name}`)
  }
  const withOptions = (command: Command): Command =>
    benchmark
      .options(command)
      .option('--json', 'print one JSON object on the last line of standard output', false)
      .option('--out <folder>', 'folder for the JSON file')
      .option('--name <name>', 'name of the JSON file', name)
      .option('--quick', 'run a small version', false)
  /** The given options and the defaults of the others, which `--quick` changes. */
  const readSettings = (command: Command): S => {
    const { json: _json, out: _out, name: _name, quick: isQuick, ...settings } = command.opts<S & CommonOptions>()
    // An option without a default has a source only if the command line gives it.
    const isGiven = (key: string): boolean => !['default', undefined].includes(command.getOptionValueSource(key))
    const replaced = Object.entries(isQuick ? quick : {}).filter(([key]) => !isGiven(key))
    // The remaining options are those that `options` added.
    return { ...settings, ...Object.fromEntries(replaced) } as unknown as S
  }
  return {
    name,
    settings(args) {
      const command = withOptions(new Command(name))
      command.parseOptions([...args])
      return readSettings(command) as Readonly<Record<string, unknown>>
    },
    tables: (run) => benchmark.tables(own(run)),
    figures: (run) => benchmark.figures(own(run)),
    headline: (run) => benchmark.headline?.(own(run)) ?? null,
    pages: (run) =>
      (benchmark.pages?.(own(run)) ?? [{ page: name, run }]).map((part) => ({
        page: `${folder}/${part.page}`,
        run: part.run,
      })),
    add(program, io) {
      const command = withOptions(program.command(name).description(about))
      command.action(async ({ json, out, name: file }: CommonOptions) => {
        const begun = performance.now()
        const settings = readSettings(command)
        const surroundings = { io, out: out === undefined ? null : { folder: out, name: file } }
        const measured = await benchmark.measure(settings, surroundings)
        if (measured === null) return
        const { result, samples, earlierSeconds = 0 } = measured
        const line = `npm run -s bench -- ${name} ${quoted(withoutOutput(command.parent?.args ?? []))}`.trim()
        const head = { command: name, line, settings: withoutPlace(settings), begun, earlierSeconds }
        const run = makeRun(head, result, samples)
        const show = json ? io.err : io.out
        for (const table of benchmark.tables(run)) show(`${table.title}\n\n${tableMarkdown(table)}\n`)
        if (out !== undefined) io.err(`Written: ${await writeRun(out, file, run)}\n`)
        if (json) io.out(`${JSON.stringify(run)}\n`)
      })
    },
  }
}

const flagsOfPlace = placeOptions.map((name) => `--${dashed(name)}`)

/** Settings without those of the place, which may hold a password. */
const withoutPlace = <S extends object>(settings: S): S =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => !placeOptions.some((p) => p === name))) as S

/** The arguments of a command without its name, its output options, and those of the place. */
export function withoutOutput(args: readonly string[]): readonly string[] {
  const others: string[] = []
  const dropped = ['--out', '--name', ...flagsOfPlace]
  for (let i = 1; i < args.length; i++) {
    const arg = args[i] ?? ''
    if (dropped.includes(arg)) i++
    else if (arg !== '--json' && !dropped.some((flag) => arg.startsWith(`${flag}=`))) others.push(arg)
  }
  return others
}
