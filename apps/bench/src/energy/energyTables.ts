import { energyModels } from '@spikeward/energy'
import type { BreakEven } from '@spikeward/energy'
import { digits } from '../report/formatNumbers.js'
import type { Table } from '../report/tableMarkdown.js'
import { heldBytes, meanSteps, medianTime } from './energyStatistics.js'
import { energyProblem } from './measureEnergy.js'
import type { EnergyRow, EnergySettings, EnergyTrial } from './measureEnergy.js'

/** The result of `energy`. */
export type EnergyResult = {
  readonly rows: readonly EnergyRow[]
  readonly breakEven: readonly (BreakEven & { readonly time: number })[]
  /** Steps between two validations. Absent in older runs, which validated every 100 steps. */
  readonly lookEvery?: number
}

/** A number as a share of that of back-propagation. */
const byBp = (rows: readonly EnergyRow[], of: (row: EnergyRow) => number | null, row: EnergyRow): string => {
  const reference = rows.find((r) => r.estimator === 'bp')
  const [value, whole] = [of(row), reference === undefined ? null : of(reference)]
  return value === null ? 'not reached' : whole === null ? digits(value) : digits(value / whole)
}

/** Rates with the steps of each trial, such as `0.001 (500, 620, over), 0.003 (…)`. */
const triedRates = (trials: readonly EnergyTrial[]): string =>
  [...new Set(trials.map((t) => t.learningRate))]
    .sort((a, b) => a - b)
    .map((rate) => {
      const own = trials.filter((t) => t.learningRate === rate)
      return `${digits(rate)} (${own.map((t) => t.steps ?? 'missed').join(', ')})`
    })
    .join(', ')

type Chosen = Pick<EnergyRow, 'estimator' | 'learningRate'> & Partial<Pick<EnergyRow, 'trials'>>

/** The end of the tried rates at which the chosen rate lies, for a row with a trial that reached the target. */
function endOf({ learningRate, trials = [] }: Chosen): 'largest' | 'smallest' | null {
  if (trials.every(({ steps }) => steps === null)) return null
  const tried = trials.map((t) => t.learningRate)
  if (learningRate >= Math.max(...tried)) return 'largest'
  return learningRate <= Math.min(...tried) ? 'smallest' : null
}

/** The estimators whose steps are an upper bound, because a rate beyond those that were tried may take fewer. */
function aboutEnds(rows: readonly Chosen[]): string {
  const ends = rows.flatMap((row) => {
    const end = endOf(row)
    return end === null ? [] : [`${row.estimator} (${end})`]
  })
  return ends.length === 0
    ? ''
    : ` At an end of the tried rates, so that a rate beyond it may take fewer steps: ${ends.join(', ')}.`
}

/** How learning rates were chosen. Older runs store no trials. */
const aboutRates = (rows: readonly Chosen[]): string =>
  rows.every(({ trials = [] }) => trials.length > 0)
    ? `Learning rates have the fewest steps of those that were tried with ${
        new Set(rows.flatMap(({ trials = [] }) => trials.map((t) => t.key))).size > 1 ? 'other keys' : 'another key'
      }: ${rows.map(({ estimator, trials = [] }) => `${estimator} ${triedRates(trials)}`).join('; ')}.${aboutEnds(rows)}`
    : 'Learning rates are the defaults of each estimator and were not tuned for this table.'

const quantities: readonly { readonly name: string; readonly of: (row: EnergyRow) => number }[] = [
  { name: 'effective ACs', of: (r) => r.ledger.total.acs },
  { name: 'effective MACs', of: (r) => r.ledger.total.macs },
  { name: 'random words', of: (r) => r.ledger.total.random },
  {
    name: 'operations outside products',
    of: ({ ledger: { total: t } }) => t.multiplications + t.additions + t.functions,
  },
  { name: 'state traffic', of: ({ ledger: { total: t } }) => t.stateReads + t.stateWrites },
  { name: 'stored sequences', of: ({ ledger: { total: t } }) => t.sequenceReads + t.sequenceWrites },
  { name: 'bytes moved', of: (r) => r.ledger.bytesMoved },
  { name: 'bytes held', of: (r) => heldBytes(r.ledger) },
]

/** Only these quantities add up over steps: memory is held once, for any length of a training. */
const summed = quantities.filter(({ name }) => name !== 'bytes held')

/** Tables of a step's work, of the work to an equal error, and of the firing rates at which spikes pay. */
export const energyTables = ({
  settings,
  rows,
  breakEven,
  lookEvery = 100,
}: EnergyResult & { readonly settings: EnergySettings }): readonly Table[] => [
  {
    title: `Work of a step relative to bp: ${energyProblem.name}, hidden ${settings.hidden.join('-')}, T = ${settings.time}, batch ${settings.batch}`,
    head: [
      'estimator',
      'time',
      ...quantities.map((q) => q.name),
      ...Object.keys(energyModels).map((m) => `energy, ${m}`),
    ],
    rows: rows.map((row) => [
      row.estimator,
      medianTime(row) === null ? '—' : byBp(rows, medianTime, row),
      ...quantities.map(({ of }) => byBp(rows, of, row)),
      ...row.energy.map(({ low, high }) => `${digits(low / 1e6)} to ${digits(high / 1e6)} µJ`),
    ]),
    note: `Firing rate ${digits(100 * (rows[0]?.ledger.firingRate ?? 0))} %. Energy is the range of a model; loihi1 leaves out every multiplication of real numbers.`,
  },
  {
    title: `Work to a validation error of ${settings.target}, relative to bp`,
    head: ['estimator', 'rate', 'steps of each key', 'time', ...summed.map((q) => q.name), 'energy, horowitz45'],
    rows: rows.map((row) => {
      const steps = meanSteps(row)
      const total = (of: (r: EnergyRow) => number | null) => (r: EnergyRow) => {
        const [n, each] = [meanSteps(r), of(r)]
        return n === null || each === null ? null : n * each
      }
      const [first] = row.energy
      return [
        row.estimator,
        digits(row.learningRate),
        row.steps.map((n) => n ?? `over ${settings.most}`).join(', '),
        medianTime(row) === null ? '—' : byBp(rows, total(medianTime), row),
        ...summed.map(({ of }) => byBp(rows, total(of), row)),
        steps === null || first === undefined
          ? 'not reached'
          : `${digits((steps * first.low) / 1e9)} to ${digits((steps * first.high) / 1e9)} mJ`,
      ]
    }),
    note: `${aboutRates(rows)} The validation error is computed every ${lookEvery} steps.${rows.some((r) => medianTime(r) !== null) ? ' Time is wall-clock time.' : ''}`,
  },
  {
    title: `Firing rate below which a spiking layer costs less than a dense one of ${settings.hidden[0]} neurons`,
    head: ['T', 'model', 'firing rate'],
    rows: breakEven.map(({ time, model, low, high }) => [
      String(time),
      model,
      `${digits(100 * low)} to ${digits(100 * high)} %`,
    ]),
    note: 'Both layers have the same width, and weights and states are read from memory. 0 means: at no rate.',
  },
]
