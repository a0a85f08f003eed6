/** One cell of the accuracy benchmark: a whole training by the command line. */
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { checkoutRoot } from '../io.js'

/** The training to run. `estimator` may name a scope after a slash: rfg/layerwise. */
export type Cell = {
  readonly problem: string
  readonly estimator: string
  readonly backend: string
  readonly key: number
  /** Key of the random functions of an operator; absent: the default of the command line, 0. */
  readonly dataKey?: number
  /** The baselines to compute, as `--baselines` names them; absent: the default of the command line. */
  readonly baselineChoice?: string
  /** Approximate duration; null: the default number of steps of the command line. */
  readonly seconds: number | null
  readonly threads: number
  /** Further options of `spikeward train`, such as "--hidden 200 --time 64"; empty: none. */
  readonly options: string
}

/** A moment of a training; the error is that on the validation points. */
export type Moment = {
  readonly step: number
  readonly seconds: number
  readonly forwardEquivalents: number
  readonly validation: number
}

/** The baselines of a training: `untrained` is the same network with a readout solved by ridge regression. */
export const baselineNames = ['untrained', 'linear', 'kernel', 'dense', 'randomSign'] as const

export type BaselineName = (typeof baselineNames)[number]

export type Outcome = {
  /** For an operator, the mean of the errors of the individual functions. */
  readonly relativeL2: number | null
  /** Over all functions and points together; for a function of points, the same as `relativeL2`. */
  readonly relativeL2Pooled: number | null
  /**
   * The validation error of the state whose test errors are reported: the last one, or with `--patience` the best,
   * after the last solve of the readouts.
   */
  readonly validation: number | null
  /** Errors of other methods on the same data; null where one was not computed. */
  readonly baselines: Readonly<Record<BaselineName, number | null>>
  readonly steps: number | null
  readonly trainingSeconds: number | null
  readonly forwardEquivalents: number | null
  readonly peakBytes: number | null
  /** Unknown coefficients of an equation, as they were found; null if it has none. */
  readonly coefficients: Readonly<Record<string, number>> | null
  /** Validation errors along the training. */
  readonly curve: readonly Moment[]
  readonly failure: string | null
}

export type CellRow = Cell & Outcome

export const cellId = (c: Cell): string =>
  [
    ...[c.problem, c.estimator, c.backend, `key ${c.key}`],
    ...(c.dataKey === undefined ? [] : [`data key ${c.dataKey}`]),
    ...[`${c.threads} threads`, c.seconds ?? 'own steps', c.options],
    ...(c.baselineChoice === undefined ? [] : [`baselines ${c.baselineChoice}`]),
  ].join(' ')

export function trainArguments(cell: Cell): readonly string[] {
  const { problem, backend, key, dataKey, seconds, threads, options, baselineChoice } = cell
  const [name = '', scope] = cell.estimator.split('/')
  return [
    ...['train', problem, '--estimator', name],
    ...(scope === undefined ? [] : ['--scope', scope]),
    ...['--backend', backend, '--threads', String(threads), '--key', String(key)],
    ...(dataKey === undefined ? [] : ['--data-key', String(dataKey)]),
    ...(baselineChoice === undefined ? [] : ['--baselines', baselineChoice]),
    ...(seconds === null ? [] : ['--seconds', String(seconds)]),
    ...options.split(' ').filter((part) => part !== ''),
  ]
}

type Line = { readonly type: string; readonly step: number; readonly seconds: number } & Readonly<
  Record<string, unknown>
>

export function curveOf(metrics: string): readonly Moment[] {
  const curve: Moment[] = []
  let forwardEquivalents = 0
  for (const text of metrics.split('\n').filter((l) => l !== '')) {
    const line = JSON.parse(text) as Line
    if (typeof line['forwardEquivalents'] === 'number') forwardEquivalents = line['forwardEquivalents']
    const error = line['relativeL2']
    if (line.type === 'validation' && typeof error === 'number')
      curve.push({ step: line.step, seconds: line.seconds, forwardEquivalents, validation: error })
  }
  return curve
}

/** The validation error of the state that a run reports: of the best one with patience, of the last one without. */
function reportedValidation(curve: readonly Moment[], options: string): number | null {
  if (!isPatient(options)) return curve.at(-1)?.validation ?? null
  return curve.length === 0 ? null : Math.min(...curve.map((moment) => moment.validation))
}

const isPatient = (options: string): boolean => /--patience[ =]0*[1-9]/.test(options)

const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null)

type Summary = Readonly<Record<string, unknown>>

/** The numbers of a summary by name; null where it has none. */
const numbersOf = <const N extends string>(summary: Summary, ...names: readonly N[]): Record<N, number | null> =>
  Object.fromEntries(names.map((name) => [name, numberOrNull(summary[name])])) as Record<N, number | null>

export function outcomeOf(summary: Summary, metrics: string, options: string): Outcome {
  const curve = curveOf(metrics)
  const { baselines = {}, lastSolve = {}, coefficients = null } = summary
  return {
    ...numbersOf(summary, 'relativeL2', 'relativeL2Pooled', 'steps', 'forwardEquivalents', 'peakBytes'),
    trainingSeconds: numberOrNull(summary['seconds']),
    // A run reports the last solve of the readouts, if there is one.
    validation: numbersOf(lastSolve as Summary, 'validation').validation ?? reportedValidation(curve, options),
    baselines: numbersOf(baselines as Summary, ...baselineNames),
    coefficients: coefficients as Outcome['coefficients'],
    curve,
    failure: null,
  }
}

/** A run of the command line that has ended. */
export type TrainedRun = {
  readonly code: number | null
  /** Its output; the last line is one JSON object. */
  readonly out: string
  readonly err: string
  /** The contents of metrics.jsonl. */
  readonly metrics: string
}

export function outcomeOfRun({ code, out, err, metrics }: TrainedRun, options: string): Outcome {
  if (code !== 0) return { ...outcomeOf({}, '', ''), failure: err.trim().split('\n')[0] ?? `exit code ${code}` }
  return outcomeOf(JSON.parse(out.trim().split('\n').at(-1) ?? '{}') as Summary, metrics, options)
}

/** Trains a cell in a separate process. `program` is the file of the command line. A failure is an outcome. */
export async function trainCell(program: string, cell: Cell): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'spikeward-accuracy-'))
  const run = join(folder, 'run')
  try {
    const args = [program, ...trainArguments(cell), '--out', run, '--json', '--quiet']
    const ended = await runScript(args)
    const metrics = await readFile(join(run, 'metrics.jsonl'), 'utf8').catch(() => '')
    return outcomeOfRun({ ...ended, metrics }, cell.options)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export async function commandLine(): Promise<string> {
  await promisify(execFile)(process.execPath, [join(checkoutRoot, 'scripts', 'spikeward.mjs'), 'list'])
  return join(checkoutRoot, 'apps', 'cli', 'dist', 'main.js')
}

function runScript(args: readonly string[]): Promise<Omit<TrainedRun, 'metrics'>> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.on('data', (text: Buffer) => (out += text.toString()))
    child.stderr.on('data', (text: Buffer) => (err += text.toString()))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
  })
}
