import type { Io } from '../io/io.js'
import { isRecord } from '@spikeward/core'
import type { BestReadout, RolloutMeasures, Snapshot } from '@spikeward/train'
import type { Experiment, Measurement } from '../assembly/experiment.js'
import type { HorizonError } from '../assembly/freeRun.js'
import type { TrainConfig } from '../config/trainConfig.js'
import {
  type Accuracies,
  type BaselineFacts,
  type Baselines,
  type ControlTraining,
  NO_FACTS,
  accuracyRows,
  withBaselines,
} from '../baselines/baselines.js'
import { duration, errorText } from '../io/texts.js'
import { type AdvisedSettings, type TriedSetting, denseLine, residualVerdict, verdict } from './advice.js'

/**
 * The result of `train`, `resume` and `evaluate`: one JSON object on the last line of standard output, or a few lines
 * of text.
 */
export type Result = {
  readonly run: string
  readonly problem: string
  readonly estimator: string
  readonly backend: string
  /** On the test split, for an operator the mean of the errors per function; null if not finite. */
  readonly relativeL2: number | null
  /** Over all functions and points together. */
  readonly relativeL2Pooled: number | null
  /** Of classes: the share of windows whose most probable class is their own. Absent: the run predicts numbers. */
  readonly accuracy?: number
  /** Of classes: accuracies of other methods on the same data. */
  readonly accuracies?: Accuracies
  /**
   * Errors of a network that runs free on the test windows, by the rows ahead. Absent: the run forecasts no next row.
   */
  readonly horizon?: readonly HorizonError[]
  /** Error by step, correlation time and stability of a time-stepper. Absent: the run learns no rollout. */
  readonly rollout?: RolloutMeasures
  /** Errors of other methods on the same data. */
  readonly baselines: Baselines
  /** How they were found, and from how many rows. */
  readonly baselineFacts: BaselineFacts
  readonly steps: number
  /** Training only. */
  readonly seconds: number
  readonly forwardEquivalents: number
  readonly peakBytes: number
  /** The number of trained parameters, d in estimates of the cost. Absent: a run of an earlier version. */
  readonly parameters?: number
  /** √(mean residual² + Σ mean condition²) of an equation without a known solution. Absent: there are errors. */
  readonly residual?: number | null
  /** The same for a network whose output is 0 everywhere, for comparison with `residual`. */
  readonly residualOfZero?: number | null
  /** Unknown coefficients of an equation, as they were found. Absent: the equation has none. */
  readonly coefficients?: Readonly<Record<string, number>>
  /** The last solve of the readouts, if it reduced the validation error. */
  readonly lastSolve?: LastSolve
  /** The settings that a trial compared before the run. Absent: it had no trial. */
  readonly trials?: readonly TriedSetting[]
}

export type LastSolve = Pick<BestReadout, 'penalty' | 'validation'> & {
  /** The hidden layers are those before the training. Absent: those after it. */
  readonly untrained?: true
}

export type Summary = Result & {
  readonly figures: readonly string[]
  readonly diagnosis?: unknown
  readonly besides?: unknown
}

type Test = (value: unknown) => boolean

const isNumber: Test = (value) => typeof value === 'number'
const isText: Test = (value) => typeof value === 'string'
const isNumberOrNull: Test = (value) => value === null || isNumber(value)
const isRecordOrNull: Test = (value) => value === null || isRecord(value)
const all = (names: readonly string[], test: Test): Readonly<Record<string, Test>> =>
  Object.fromEntries(names.map((name) => [name, test]))
const holds =
  (required: Readonly<Record<string, Test>>, optional: Readonly<Record<string, Test>> = {}): Test =>
  (value) =>
    isRecord(value) &&
    Object.entries(required).every(([name, test]) => test(value[name])) &&
    Object.entries(optional).every(([name, test]) => value[name] === undefined || test(value[name]))

const isSummary = holds(
  {
    ...all(['run', 'problem', 'estimator', 'backend'], isText),
    ...all(['relativeL2', 'relativeL2Pooled'], isNumberOrNull),
    ...all(['steps', 'seconds', 'forwardEquivalents', 'peakBytes'], isNumber),
    baselines: holds(
      all(['untrained', 'linear', 'kernel', 'dense', 'randomSign'], isNumberOrNull),
      all(['persistence', 'echoState'], isNumberOrNull),
    ),
    baselineFacts: holds(all(['linear', 'kernel', 'dense', 'randomSign'], isRecordOrNull)),
    figures: (value) => Array.isArray(value) && value.every(isText),
  },
  {
    ...all(['parameters', 'accuracy'], isNumber),
    accuracies: holds(
      all(['untrained', 'linear', 'kernel', 'echoState', 'dense', 'randomSign', 'majority'], isNumberOrNull),
    ),
    ...all(['residual', 'residualOfZero'], isNumberOrNull),
    coefficients: (value) => isRecord(value) && Object.values(value).every(isNumber),
    lastSolve: holds(all(['penalty', 'validation'], isNumber)),
    horizon: Array.isArray,
    rollout: holds({
      ...{ relativeL2: isNumberOrNull, errors: Array.isArray, correlations: Array.isArray },
      ...all(['stepsToError', 'correlationTime', 'stable'], isNumber),
    }),
  },
)

/** Whether a stored summary has every field of a result, each of its type. */
export const isResult = (summary: Readonly<Record<string, unknown>>): summary is Summary => isSummary(summary)

export type ResultDisplay = {
  readonly json: boolean
  readonly figures: readonly string[]
  /** Whether the errors are of functions, with one error per function. */
  readonly operator: boolean
  /** The reason why there is no baseline; null or absent if there is one. */
  readonly noBaseline?: string | null
  /** Settings of the run: advice does not suggest what is already in use. */
  readonly settings: AdvisedSettings
  /** Whether the validation error ended the run before its last step. Default: no. */
  readonly stopped?: boolean
  /** Whether it is the state with the least validation error, which is said then. Default: no. */
  readonly isBest?: boolean
  /** Seconds of the command besides training, by part. */
  readonly besides?: Readonly<Record<string, number>>
  /** The data that was measured on, for display. Default: the test points or functions. */
  readonly measuredOn?: string
}

const bytes = (n: number): string =>
  n >= 1 << 20 ? `${(n / (1 << 20)).toFixed(1)} MiB` : `${(n / 1024).toFixed(0)} KiB`
const error = (value: number | null): string => (value === null ? 'not finite' : errorText(value))

const NAMED = 0.05

function besidesLine(besides: Readonly<Record<string, number>>): readonly string[] {
  const parts = Object.entries(besides).filter(([, seconds]) => seconds >= NAMED)
  return parts.length === 0
    ? []
    : [`  besides training: ${parts.map(([part, s]) => `${part} ${duration(s)}`).join(', ')}`]
}

const stoppedLine = ({ patience, steps }: AdvisedSettings): string =>
  `  stopped before step ${steps}: no lower validation error in ${patience} validations; --patience 0 trains to the end`

const lastSolveLine = ({ lastSolve }: Result): readonly string[] =>
  lastSolve === undefined
    ? []
    : [
        `  last solve of the readouts: penalty ${lastSolve.penalty}, with the least validation error (${errorText(lastSolve.validation)})`,
      ]

/** The result of a state of a run, by its measurement, without baselines besides the untrained network. */
export function measuredResult(
  { problem, estimator, backend }: Pick<TrainConfig, 'problem' | 'estimator' | 'backend'>,
  { size: { parameters } }: Pick<Experiment, 'size'>,
  { step, seconds, forwardEquivalents }: Pick<Snapshot, 'step' | 'seconds' | 'forwardEquivalents'>,
  { relativeL2, relativeL2Pooled, residual, residualOfZero, coefficients, rollout, horizon, accuracy }: Measurement,
  baseline: number | null,
  peakBytes: number,
): Omit<Result, 'run'> {
  return {
    ...{ problem, estimator, backend },
    relativeL2: finiteOrNull(relativeL2),
    relativeL2Pooled: finiteOrNull(relativeL2Pooled),
    ...withBaselines(baseline, NO_FACTS),
    ...{ steps: step, seconds, forwardEquivalents, peakBytes, parameters },
    ...(accuracy === undefined ? {} : { accuracy }),
    ...(horizon === undefined ? {} : { horizon }),
    ...(rollout === undefined ? {} : { rollout }),
    ...(residual === undefined ? {} : { residual: finiteOrNull(residual) }),
    ...(residualOfZero === undefined ? {} : { residualOfZero: finiteOrNull(residualOfZero) }),
    ...(coefficients === undefined ? {} : { coefficients }),
  }
}

/** JSON has neither NaN nor Infinity, so null replaces them. */
export const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null)

export const subsetText = (used = 0, of = 0): string => (used < of ? ` (a random subset of ${used} of ${of} rows)` : '')

const denseText = (dense: ControlTraining | null): string =>
  dense === null
    ? ''
    : `, by ${dense.estimator}, rate ${dense.learningRate}${dense.run === undefined ? '' : `, from ${dense.run}`}`

/** Errors of running free 1, 2, 4, … rows ahead. */
function horizonRows({ horizon = [] }: Omit<Result, 'run'>): readonly (readonly [string, string])[] {
  const shown = horizon.filter(({ steps }) => Number.isInteger(Math.log2(steps)))
  const texts = shown.map((h) => `${h.steps}: ${errorText(h.error)} (${errorText(h.persistence)})`)
  return shown.length === 0 ? [] : [['running free, by rows ahead (last known row)', texts.join(', ')]]
}

function rolloutRows({ rollout, baselineFacts }: Omit<Result, 'run'>): readonly (readonly [string, string])[] {
  if (rollout === undefined) return []
  const steps = rollout.errors.length
  const others = [
    ...Object.entries(baselineFacts.rollout ?? {}),
    ...(baselineFacts.dense?.rollout === undefined ? [] : [['dense', baselineFacts.dense.rollout] as const]),
  ]
  const beside = (text: (one: RolloutMeasures) => string): string =>
    [text(rollout), ...others.map(([name, one]) => `${name} ${text(one)}`)].join(', ')
  return [
    [`steps until error 0.1, of ${steps}`, beside(({ stepsToError }) => stepsToError.toFixed(1))],
    ['time until correlation 0.8', beside(({ correlationTime }) => correlationTime.toPrecision(3))],
    [`bounded over ${10 * steps} steps`, beside(({ stable }) => `${(100 * stable).toFixed(0)} %`)],
  ]
}

function baselineRows({
  baselines,
  baselineFacts: facts,
}: Omit<Result, 'run'>): readonly (readonly [string, string])[] {
  const { linear, kernel, dense, randomSign } = baselines
  const rows: readonly (readonly [string, number | null, string])[] = [
    ['linear ridge regression', linear, subsetText(facts.linear?.rows, facts.linear?.of)],
    ['Gaussian kernel ridge regression', kernel, subsetText(facts.kernel?.centres, facts.kernel?.of)],
    ['dense network of the same sizes', dense, denseText(facts.dense)],
    ['randomSign of the estimator', randomSign, ''],
  ]
  return rows.flatMap(([name, value, note]) => (value === null ? [] : [[name, `${errorText(value)}${note}`] as const]))
}

function betterLine({ relativeL2, baselines }: Result): readonly string[] {
  if (relativeL2 === null) return []
  const names = { linear: 'linear ridge regression', kernel: 'a kernel method', dense: 'a dense network' } as const
  const better = (Object.keys(names) as (keyof typeof names)[]).filter((name) => (baselines[name] ?? NaN) < relativeL2)
  return better.length === 0
    ? []
    : [`  solved better on the same data by ${better.map((name) => names[name]).join(' and ')}`]
}

/** Names and values of the errors of a result and of its baselines, for display. */
export function resultRows(
  result: Omit<Result, 'run'>,
  { operator, noBaseline, measuredOn }: Pick<ResultDisplay, 'operator' | 'noBaseline' | 'measuredOn'>,
): readonly (readonly [string, string])[] {
  const on = measuredOn ?? (operator ? 'the test functions' : 'the test points')
  const { residual } = result
  const rows: (readonly [string, string])[] =
    residual !== undefined
      ? [
          ['residual and conditions (the solution is not known)', error(residual)],
          ...(result.residualOfZero === undefined
            ? []
            : [['the same of a network that is 0 everywhere', error(result.residualOfZero)] as const]),
        ]
      : operator
        ? [
            [`relativeL2 on ${on}, mean per function`, error(result.relativeL2)],
            ['relativeL2Pooled, over all of them', error(result.relativeL2Pooled)],
          ]
        : [
            [
              `relative L2 ${result.accuracy === undefined ? '' : 'of the probabilities '}on ${on}`,
              error(result.relativeL2),
            ],
          ]
  const { untrained: value } = result.baselines
  const untrained = value === null ? (noBaseline ?? 'none') : error(value)
  const coefficients = Object.entries(result.coefficients ?? {}).map(
    ([name, value]) => [`coefficient ${name}`, value.toPrecision(5)] as const,
  )
  const control = result.rollout === undefined ? 'untrained with a ridge readout' : 'untrained'
  return [
    ...accuracyRows(result),
    ...rows,
    ...coefficients,
    [control, untrained] as const,
    ...baselineRows(result),
    ...horizonRows(result),
    ...rolloutRows(result),
  ]
}

/** Writes the result to standard output. */
export function showResult(io: Io, result: Result, display: ResultDisplay): void {
  if (display.json) return io.out(`${JSON.stringify(result)}\n`)
  const { figures } = display
  const rows = resultRows(result, display)
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = [
    `${result.problem} by ${result.estimator} on ${result.backend}`,
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}   ${value}`),
    ...lastSolveLine(result),
    ...verdict(result, display.settings),
    ...betterLine(result),
    ...residualVerdict(result, display.settings),
    ...denseLine(result, display.settings),
    `  steps ${result.steps} in ${duration(result.seconds)} (${display.isBest === true ? 'those of the state with the least validation error; ' : ''}training only, without evaluation and figures), ` +
      `${Math.round(result.forwardEquivalents)} forward passes, peak memory ${bytes(result.peakBytes)}`,
    ...(display.stopped === true ? [stoppedLine(display.settings)] : []),
    ...besidesLine(display.besides ?? {}),
    `  run folder   ${result.run}`,
    ...(figures.length > 0 ? [`  figures      ${figures.join(', ')}`] : []),
  ]
  io.out(`${lines.join('\n')}\n`)
}
