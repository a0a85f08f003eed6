/** The results of runs of `bench accuracy` (accuracy-*.json in docs/benchmarks/runs), by method. */
import { readFileSync } from 'node:fs'
import { hasLearned } from '@spikeward/experiment'
import { sampleDeviation, sampleMean } from '@spikeward/train'
import { storedRegressions } from '../../../scripts/lib/dataBaselines.mjs'
import { storedPaths } from '../storedPaths.js'

/** A training. */
type Row = {
  readonly problem: string
  readonly estimator: string
  readonly backend: string
  readonly options: string
  readonly key: number
  readonly dataKey?: number
  readonly relativeL2: number
  /** Of operators. */
  readonly relativeL2Pooled?: number
  readonly validation: number
  /** Without evaluation and figures. */
  readonly trainingSeconds: number
  /** Errors of other methods on the same data; null where there is no data to fit, or where one was not computed. */
  readonly baselines: Readonly<Record<'untrained' | 'linear' | 'kernel' | 'dense', number | null>>
  /** Of inverse problems. */
  readonly coefficients?: Readonly<Record<string, number>> | null
  readonly failure: string | null
}

/** A stored run of several keys, methods and problems. */
type Run = { readonly rows: readonly Row[] }

/** Mean and sample deviation over keys. */
export type Summary = { readonly mean: number; readonly spread: number }

/** Results of one estimator with some options, over keys. */
export type Result = {
  readonly problem: string
  readonly estimator: string
  readonly options: string
  /** The stored run. */
  readonly run: string
  readonly keys: number
  /** The mean error on validation data, which chooses between methods. */
  readonly validation: number
  /** On test data, per function. */
  readonly mean: Summary
  readonly pooled: Summary
  /** The mean time of training. */
  readonly seconds: number
  /** The mean error of the untrained network with a solved readout. */
  readonly baseline: number | null
  /**
   * Mean errors of ridge regression on the same data, linear and with a Gaussian kernel; null or absent: not stored.
   */
  readonly linear?: number | null
  readonly kernel?: number | null
  /**
   * The mean error of a dense network of the same layers, trained by `bp` for as many steps on the same data; null or
   * absent: not stored.
   */
  readonly dense?: number | null
  /**
   * Whether it lies below the untrained network, and below its control with random signs if one is stored, by more than
   * the spread; null: no untrained one.
   */
  readonly learned: boolean | null
  /** By name, one value for each key; none of runs that did not store them. */
  readonly coefficients: Readonly<Record<string, readonly number[]>>
}

const summary = (values: readonly number[]): Summary => ({
  mean: sampleMean(values),
  spread: sampleDeviation(values) ?? 0,
})

/** The mean over the keys that have a value; null if none has. */
function meanOf(rows: readonly Row[], of: (row: Row) => number | null): number | null {
  const values = rows.flatMap((row) => of(row) ?? [])
  return values.length === 0 ? null : sampleMean(values)
}

/** Whether trainings have learned, beside the control among the trainings of their run, see `hasLearned`. */
export function learnedBeside(own: readonly Row[], run: readonly Row[]): boolean | null {
  const [{ problem, estimator, options }] = own as [Row]
  const name = estimator.split(/[(/]/)[0]!
  const controls = run.filter(
    (r) => r.problem === problem && r.options === options && r.estimator.startsWith(`randomSign(${name}`),
  )
  const control = own.map((r) => controls.find((c) => c.key === r.key && c.dataKey === r.dataKey)?.relativeL2 ?? null)
  const untrained = own.map((r) => r.baselines.untrained)
  if (untrained.every((error) => error === null)) return null
  return hasLearned(
    own.map((r) => r.relativeL2),
    controls.length === 0 ? [untrained] : [untrained, control],
  )
}

const coefficientsIn = (rows: readonly Row[]): Result['coefficients'] =>
  Object.fromEntries(
    Object.keys(rows[0]?.coefficients ?? {}).map((name) => [name, rows.flatMap((r) => r.coefficients?.[name] ?? [])]),
  )

/**
 * All stored results of the native backend, in each problem the lowest validation error first. To order them by the
 * test error would choose the method on the data that it is reported on.
 *
 * @param docs the folder of the documentation
 */
export function storedResults(docs: string): readonly Result[] {
  const regressionsOf = storedRegressions(docs)
  const files = [...storedPaths(docs)].filter(([name]) => name.startsWith('accuracy-'))
  return files
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, path]) => {
      const run = JSON.parse(readFileSync(path, 'utf8')) as Run
      const done = run.rows.filter(({ backend, failure }) => backend === 'native' && failure === null)
      const groups = new Map<string, Row[]>()
      for (const row of done) {
        const method = JSON.stringify([row.problem, row.estimator, row.options])
        groups.set(method, [...(groups.get(method) ?? []), row])
      }
      return [...groups.values()].map(
        (own): Result => ({
          problem: own[0]!.problem,
          estimator: own[0]!.estimator,
          options: own[0]!.options,
          run: name,
          keys: own.length,
          validation: sampleMean(own.map((r) => r.validation)),
          mean: summary(own.map((r) => r.relativeL2)),
          pooled: summary(own.map((r) => r.relativeL2Pooled ?? r.relativeL2)),
          seconds: sampleMean(own.map((r) => r.trainingSeconds)),
          baseline: meanOf(own, (r) => r.baselines.untrained),
          linear: meanOf(own, (r) => r.baselines.linear ?? regressionsOf(r).linear),
          kernel: meanOf(own, (r) => r.baselines.kernel ?? regressionsOf(r).kernel),
          dense: meanOf(own, (r) => r.baselines.dense),
          learned: learnedBeside(own, done),
          coefficients: coefficientsIn(own),
        }),
      )
    })
    .sort((a, b) => a.validation - b.validation)
}

export const isSpiking = ({ options }: Pick<Result, 'options'>): boolean => !options.includes('--spiking none')

/** The options that determine the layers of a network, in one order. */
const architectureOf = ({ options }: Pick<Result, 'options'>): string =>
  (options.match(/--(network|hidden|branch|trunk|features|rank|components|residual|odd|even)( [^-]\S*)?/g) ?? [])
    .sort()
    .join(' ')

/** Whether two networks have the same layers, so that one may be the dense counterpart of the other. */
export const isSameArchitecture = (a: Pick<Result, 'options'>, b: Pick<Result, 'options'>): boolean =>
  architectureOf(a) === architectureOf(b)

/** Whether it learns without a pass back over time: neither `bp` nor a control with random signs. */
export const isWithoutReverse = ({ estimator }: Pick<Result, 'estimator'>): boolean =>
  estimator !== 'bp' && !estimator.startsWith('randomSign')

/** Whether it is such a method with spikes. */
export const isForwardOnly = (result: Result): boolean => isSpiking(result) && isWithoutReverse(result)

/** Whether its options choose another case of the problem than the default one: a shape, a lid or noise. */
export const isVariant = ({ options }: Pick<Result, 'options'>): boolean => /--(shape|lid|noise) /.test(options)
