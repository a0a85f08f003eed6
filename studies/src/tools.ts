/** The interface of a study, and common code: settings of runs, statistics, times in alternating rounds, and tables. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  SpikewardError,
  add,
  exp,
  matmul,
  mul,
  reshape,
  scan,
  solveSpd,
  square,
  sub,
  sum,
  tensor,
  transpose,
} from '@spikeward/core'
import type { Backend, Tensor, Tree } from '@spikeward/core'
import { buildParts, configOf } from '@spikeward/experiment'
import type { Io, PairedRatio, Parts, TrainConfig, TrainOptions } from '@spikeward/experiment'
import type { FigureSpec } from '@spikeward/plots'
import { sampleDeviation, sampleMean, sampleMedian } from '@spikeward/train'
import { digits, mib, tableOf } from '../../scripts/lib/tableOf.mjs'

/** How a study runs. */
export interface StudyRun {
  /** True: a small form that ends within a minute or two. False: all key pairs and rivals. */
  readonly quick: boolean
  readonly backend: Backend
  /** Opens another backend of the same kind. */
  readonly openBackend: () => Promise<Backend>
  /** A line of progress. */
  readonly log: (line: string) => void
  /** A part of the result as JSON: with `--store` a run that was cut off continues behind the parts that ended. */
  readonly part: <T extends object>(name: string, compute: () => Promise<T>) => Promise<T>
}

/** The computation behind published tables. */
export interface Study<R extends object = object> {
  readonly name: string
  /** The subject of the tables, in one line. */
  readonly summary: string
  /** Pure up to its progress: the same keys give the same result on the same backend, but for measured times. */
  run(options: StudyRun): Promise<R>
  /** The result as tables in Markdown. */
  table(result: R): string
  /** The result in a sentence, which docs/benchmarks.md quotes. */
  finding?(result: R): string
  /** Figures of the guides, docs/images/NAME.svg: specifications, or the SVG itself. */
  figures?(result: R): Readonly<Record<string, FigureSpec | string>>
}

/** The input and output of a run of the experiment API: notes become progress of the study. */
export const ioOf = ({ log }: Pick<StudyRun, 'log'>): Io => ({
  out: () => undefined,
  err: (text) => log(text.trimEnd()),
  errIsTerminal: false,
  onInterrupt: () => () => undefined,
})

/** Options of `spikeward train` on the study's backend, with one thread. */
export const optionsOf = ({ backend }: Pick<StudyRun, 'backend'>, settings: Partial<TrainOptions>): TrainOptions => ({
  key: 0,
  backend: backend.name,
  threads: 1,
  json: false,
  quiet: true,
  force: false,
  trial: false,
  baselines: 'none',
  ...settings,
})

/** The settings of a run by names and options, those of the problem for the rest, and its parts. */
export async function assemble(
  study: Pick<StudyRun, 'backend'>,
  problem: string,
  settings: Partial<TrainOptions>,
): Promise<{ readonly config: TrainConfig; readonly parts: Parts }> {
  const io = ioOf({ log: () => undefined })
  const config = await configOf(problem, optionsOf(study, settings), io)
  return { config, parts: await buildParts(config, { io, quiet: true }) }
}

export { digits, mib }

/** Mean ± standard deviation, such as `0.0205 ± 7.1e-4`; a dash where a value is missing. */
export function meanSpread(values: readonly (number | null | undefined)[]): string {
  const numbers = values.filter((v): v is number => typeof v === 'number')
  if (numbers.length < values.length || numbers.length === 0) return '–'
  const spread = numbers.length > 1 ? ` ± ${digits(sampleDeviation(numbers), 2)}` : ''
  return `${digits(sampleMean(numbers))}${spread}`
}

/** A table below its title in bold, with a note. */
export const titled = (title: string, rows: readonly (readonly string[])[], note?: string): string =>
  `**${title}**\n\n${tableOf(rows)}${note === undefined ? '' : `\n\n${note}`}`

/** The head and the rows of a table, by its columns. */
export const columns = <R>(rows: readonly R[], of: Readonly<Record<string, (row: R) => string>>): string[][] => [
  Object.keys(of),
  ...rows.map((row) => Object.values(of).map((cell) => cell(row))),
]

/** Hyperparameters by name. */
export type Setting = Readonly<Record<string, number>>

/** The settings in which each option has each of its values. */
export const grid = (options: Readonly<Record<string, readonly number[]>>): Setting[] =>
  Object.entries(options).reduce<Setting[]>(
    (all, [name, values]) => all.flatMap((s) => values.map((v) => ({ ...s, [name]: v }))),
    [{}],
  )

/** The solution w of (A + penalty · I) w = y. */
export function solveRidge(a: Tensor, y: Tensor, penalty: number): Tensor {
  const n = a.shape[0]!
  const diagonal = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? penalty : 0))
  return solveSpd(add(a, tensor(diagonal, { shape: [n, n], dtype: 'f64' })), y)
}

/** exp(−‖x − c‖² / 2 width²) of rows x [m, d] and centres c [n, d], [m, n]. */
export function gaussians(x: Tensor, centres: Tensor, width: number): Tensor {
  const norms = (rows: Tensor, shape: readonly number[]): Tensor => reshape(sum(square(rows), [1]), shape)
  const sums = add(norms(x, [x.shape[0]!, 1]), norms(centres, [1, centres.shape[0]!]))
  return exp(mul(sub(sums, mul(2, matmul(x, transpose(centres)))), -1 / (2 * width * width)))
}

/** Runs free for `length` rows from a state and a row: each forecast is the next input. Also what each step shows. */
export function runFree<S extends Tree, E extends Tree>(
  state: S,
  last: Tensor,
  length: number,
  step: (state: S, x: Tensor) => readonly [S, change: Tensor, shown: E],
): readonly [Tensor, E] {
  const [, values] = scan(
    ([s, x]: readonly [S, Tensor]): [readonly [S, Tensor], readonly [Tensor, E]] => {
      const [next, change, shown] = step(s, x)
      const y = add(x, change)
      return [
        [next, y],
        [y, shown],
      ]
    },
    [state, last] as const,
    null,
    { length },
  )
  return values
}

/** A folder that is removed with the scope that opened it. */
export async function temporaryFolder(name: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), `spikeward-${name}-`))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** A ratio of errors over pairs of keys with its 95% interval. */
export const ratioText = (paired: Pick<PairedRatio, 'ratio' | 'low' | 'high'> | null): string =>
  paired === null ? '–' : `${digits(paired.ratio)} (${digits(paired.low)} to ${digits(paired.high)})`

/** A computation that can be timed: it waits for the result. */
export type Timed = () => Promise<unknown>

/** Median milliseconds of each contender, in alternating rounds, after `warm` computations of each. */
export async function alternate(contenders: readonly Timed[], rounds: number, warm = 2): Promise<number[]> {
  for (const once of contenders) for (let i = 0; i < warm; i++) await once()
  const times = contenders.map((): number[] => [])
  for (let r = 0; r < rounds; r++)
    for (const i of r % 2 === 0 ? contenders.keys() : [...contenders.keys()].reverse()) {
      const begun = performance.now()
      await contenders[i]!()
      times[i]!.push(performance.now() - begun)
    }
  return times.map((own) => sampleMedian(own))
}

/** Debian's interpreter, which has Debian's PyTorch (`apt-get install python3-torch libopenblas0-pthread`). */
export const PYTHON = '/usr/bin/python3'

/** The last line of a command's output as JSON. */
export function lastLine<T>(
  command: string,
  { status, stdout, stderr }: { readonly status: number | null; readonly stdout: string; readonly stderr: string },
): T {
  const line = stdout.trimEnd().split('\n').at(-1) ?? ''
  if (status === 0 && line.startsWith('{')) return JSON.parse(line) as T
  throw new SpikewardError(
    'STUDY_COMMAND',
    `${command} ended with ${status} and no result: ${stderr.slice(-2000).trim()}`,
  )
}
