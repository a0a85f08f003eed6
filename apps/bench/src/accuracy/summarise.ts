import { digits } from '../report/tableMarkdown.js'
import { sampleMean as mean, sampleDeviation as spread } from '@spikeward/train'
import { type PairedRatio, drawsDirections, hasLearned, pairedRatio } from '@spikeward/experiment'
import { type BaselineName, type CellRow, baselineNames } from './cell.js'

/** Mean and spread of the values that are present; null if there are none. */
export type MeanSpread = { readonly mean: number; readonly spread: number | null } | null

/** Numbers of a row that are averaged over keys. */
const averaged = [
  ...(['relativeL2', 'relativeL2Pooled', 'validation'] as const),
  ...(['trainingSeconds', 'forwardEquivalents', 'peakBytes'] as const),
]

type Averages = Readonly<Record<(typeof averaged)[number], MeanSpread>>

export type Summary = Averages & {
  readonly problem: string
  readonly estimator: string
  readonly backend: string
  readonly keys: number
  readonly failures: readonly string[]
  readonly baselines: Readonly<Record<BaselineName, MeanSpread>>
  /**
   * Whether the error lies below those of the untrained network and of `randomSign` by more than the spread; null: too
   * few keys to tell.
   */
  readonly learned: boolean | null
  /**
   * The error over that of the setting's first estimator at the same keys; for that estimator, over that of the row
   * above it with other options. Null for the first of these rows, and for fewer than two pairs.
   */
  readonly paired: PairedRatio | null
}

const meanSpread = (errors: readonly (number | null)[]): MeanSpread => {
  const values = errors.filter((v): v is number => v !== null)
  return values.length === 0 ? null : { mean: mean(values), spread: spread(values) }
}

const over = (rows: readonly CellRow[], of: (row: CellRow) => number | null): MeanSpread => meanSpread(rows.map(of))

const sameSetting = (a: CellRow, b: CellRow): boolean =>
  (['problem', 'backend', 'threads', 'seconds', 'options'] as const).every((name) => a[name] === b[name])

const errorsBeside = (
  group: readonly CellRow[],
  setting: readonly CellRow[],
  estimator: string,
): readonly (number | null)[] =>
  group.map(
    ({ key, dataKey }) =>
      setting.find((r) => r.estimator === estimator && r.key === key && r.dataKey === dataKey)?.relativeL2 ?? null,
  )

/** The rows of an estimator with the options that a run has before those of a group. */
function rowsAbove(group: readonly CellRow[], rows: readonly CellRow[]): readonly CellRow[] {
  const [first] = group as readonly [CellRow]
  const own = rows.filter(
    (r) => r.estimator === first.estimator && sameSetting({ ...r, options: first.options }, first),
  )
  const options = [...new Set(own.map((r) => r.options))]
  return own.filter((r) => r.options === options[options.indexOf(first.options) - 1])
}

/** One text for every way to write a scope: after a slash, or in the parentheses of the estimator that takes it. */
function written(estimator: string): string {
  const [text = '', flag] = estimator.split('/')
  const scope = /\bscope=(\w+)/.exec(text)?.[1] ?? flag
  const bare = text
    .replaceAll(/,?\bscope=\w+/g, '')
    .replaceAll('(,', '(')
    .replaceAll('()', '')
  return scope === undefined ? bare : `${bare}/${scope}`
}

/**
 * The errors of random signs for the keys of a group: its own controls, or the rows of `randomSign` of its estimator.
 */
const randomSignsOf = (group: readonly CellRow[], setting: readonly CellRow[]): readonly (number | null)[] => {
  const [text = '', scope] = written(group[0]!.estimator).split('/')
  const control = `randomSign(${text})${scope === undefined ? '' : `/${scope}`}`
  const match = setting.find(({ estimator }) => written(estimator) === control)?.estimator
  const controls = errorsBeside(group, setting, match ?? control)
  return group.map((row, i) => row.baselines.randomSign ?? controls[i]!)
}

/** Whether runs have learned: null for a control, for too few keys, and for random directions without their control. */
function learnedOf(group: readonly CellRow[], randomSigns: readonly (number | null)[]): boolean | null {
  const [{ estimator }] = group as readonly [CellRow]
  if (estimator.startsWith('randomSign(')) return null
  const untrained = group.map((r) => r.baselines.untrained)
  return hasLearned(
    group.map((r) => r.relativeL2),
    [
      ...(untrained.some((error) => error !== null) ? [untrained] : []),
      ...(drawsDirections({ estimator: estimator.split('/')[0]! }) || randomSigns.some((error) => error !== null)
        ? [randomSigns]
        : []),
    ],
  )
}

export function summarise(rows: readonly CellRow[]): readonly Summary[] {
  const settingOf = (row: CellRow): readonly CellRow[] => rows.filter((r) => sameSetting(r, row))
  const groupOf = (row: CellRow): readonly CellRow[] => settingOf(row).filter((r) => r.estimator === row.estimator)
  const firsts = rows.filter((row) => groupOf(row)[0] === row)
  return firsts.map((first) => {
    const { problem, backend, options } = first
    const [group, setting] = [groupOf(first), settingOf(first)]
    const control = setting[0]!.estimator
    const randomSigns = randomSignsOf(group, setting)
    const baseline = (name: BaselineName): MeanSpread => {
      if (name === 'randomSign') return meanSpread(randomSigns)
      const own = over(group, (r) => r.baselines[name])
      // The rows of one estimator have the baselines of the data.
      return name === 'untrained' ? own : (own ?? over(setting, (r) => r.baselines[name]))
    }
    const estimator = options === '' ? first.estimator : `${first.estimator} ${options}`
    return {
      problem,
      estimator,
      backend,
      keys: group.length,
      failures: [...new Set(group.flatMap((r) => r.failure ?? []))],
      ...(Object.fromEntries(averaged.map((name) => [name, over(group, (r) => r[name] ?? null)])) as Averages),
      baselines: Object.fromEntries(baselineNames.map((name) => [name, baseline(name)])) as Summary['baselines'],
      paired: pairedRatio(
        group.map((r) => r.relativeL2),
        errorsBeside(group, first.estimator === control ? rowsAbove(group, rows) : setting, control),
      ),
      learned: learnedOf(group, randomSigns),
    }
  })
}

/** Mean and spread; the spread is left out if there is none, up to rounding: all keys have the same data. */
export const withSpread = (value: MeanSpread): string =>
  value === null
    ? '–'
    : value.spread === null || value.spread < 1e-12 * Math.abs(value.mean)
      ? digits(value.mean)
      : `${digits(value.mean)} ± ${digits(value.spread, 2)}`
