/** What `bench energy` and `bench break-even` counted, relative to back-propagation. */
import { sampleMean } from '@spikeward/train'
import type { StoredTable } from './storedTable.js'

type Range = { readonly low: number; readonly high: number }

type Row = {
  readonly estimator: string
  readonly ledger: {
    readonly total: { readonly acs: number; readonly macs: number }
    readonly bytesMoved: number
    readonly footprint: Readonly<Record<string, number>>
  }
  readonly energy: readonly (Range & { readonly model: string })[]
  readonly steps: readonly (number | null)[]
  readonly msPerStep: readonly (number | null)[]
}

type EnergyRun = { readonly rows: readonly Row[]; readonly settings: { readonly most: number } }

/** Two digits, without an exponent. */
const digits = (x: number): string => String(Number(x.toPrecision(2)))
const range = ({ low, high }: Range, unit: number, name: string): string =>
  `${Number((low / unit).toPrecision(3))} to ${Number((high / unit).toPrecision(3))} ${name}`

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2
}

const timeOf = ({ msPerStep }: Row): number => median(msPerStep.filter((t) => t !== null))
const productsOf = ({ ledger: { total } }: Row): number => total.acs + total.macs
const bytesOf = ({ ledger }: Row): number => ledger.bytesMoved
const heldOf = ({ ledger }: Row): number => Object.values(ledger.footprint).reduce((sum, bytes) => sum + bytes, 0)
const horowitz = ({ energy }: Row): Range => energy.find(({ model }) => model === 'horowitz45')!

/** Mean steps to the target; null if a key did not reach it. */
const meanSteps = ({ steps }: Row): number | null =>
  steps.includes(null) ? null : sampleMean(steps.filter((n) => n !== null))

const bpOf = ({ rows }: EnergyRun): Row => rows.find(({ estimator }) => estimator === 'bp')!
const nameOf = ({ estimator }: Row): string => `\`${estimator}\``

const ofStep: StoredTable = ([first]) => {
  const run = first as EnergyRun
  const bp = bpOf(run)
  const by = (of: (row: Row) => number, row: Row): string => digits(of(row) / of(bp))
  return [
    ['a step, by bp', 'time', 'operations in products', 'bytes moved', 'bytes held', 'modelled energy, `horowitz45`'],
    ...run.rows.map((row) => [
      nameOf(row),
      ...[timeOf, productsOf, bytesOf, heldOf].map((of) => by(of, row)),
      range(horowitz(row), 1e6, 'µJ'),
    ]),
  ]
}

const toEqualError: StoredTable = ([first]) => {
  const run = first as EnergyRun
  const bp = bpOf(run)
  const most = run.settings.most
  const cellsOf = (row: Row): string[] => {
    const [steps, reference] = [meanSteps(row), meanSteps(bp)]
    if (steps === null || reference === null) return [`over ${most}`, 'not reached', '', '', '']
    const reached = row.steps.filter((n) => n !== null)
    const [least, greatest] = [Math.min(...reached), Math.max(...reached)]
    const by = (of: (r: Row) => number): string => digits((steps * of(row)) / (reference * of(bp)))
    const { low, high } = horowitz(row)
    return [
      least === greatest ? String(least) : `${least} to ${greatest}`,
      ...[timeOf, productsOf, bytesOf].map(by),
      range({ low: steps * low, high: steps * high }, 1e9, 'mJ'),
    ]
  }
  return [
    [
      'to equal error, by bp',
      'steps',
      'time',
      'operations in products',
      'bytes moved',
      'modelled energy, `horowitz45`',
    ],
    ...run.rows.map((row) => [nameOf(row), ...cellsOf(row)]),
  ]
}

/** Networks of one size: their errors by key. */
type Sized = { readonly errors: readonly number[]; readonly ledger: { readonly firingRate: number | null } }

type BreakEvenRun = {
  readonly settings: { readonly width: number }
  readonly spiking: readonly (Sized & {
    readonly time: number
    readonly equalWidth: number | null
    readonly breakEven: readonly (Range & { readonly model: string })[]
  })[]
  readonly dense: readonly (Sized & { readonly width: number })[]
}

const breakEven: StoredTable = ([first]) => {
  const { settings, spiking, dense } = first as BreakEvenRun
  const rateOf = ({ low, high }: Range): string =>
    high === 0 ? 'none' : `${digits(100 * low)} to ${digits(100 * high)} %`
  return [
    [
      `spiking, ${settings.width} neurons a layer`,
      'relative L2',
      'firing rate',
      'dense of equal error',
      'its relative L2',
      'break-even rate, `horowitz45`',
      'break-even rate, `horowitz45-int8`',
    ],
    ...spiking.map(({ time, errors, ledger, equalWidth, breakEven: rates }) => {
      const equal = dense.find(({ width }) => width === equalWidth)
      const at = (model: string): string => {
        const found = rates.find((r) => r.model === model)
        return found === undefined ? 'no dense network' : rateOf(found)
      }
      return [
        `T = ${time}`,
        sampleMean(errors).toFixed(3),
        ledger.firingRate === null ? '—' : `${digits(100 * ledger.firingRate)} %`,
        equal === undefined ? 'none' : `${equal.width} units a layer`,
        equal === undefined ? '—' : sampleMean(equal.errors).toFixed(3),
        at('horowitz45'),
        at('horowitz45-int8'),
      ]
    }),
  ]
}

/** The tables by name. */
export const energyTables: Readonly<Record<string, StoredTable>> = {
  'energy of a step': ofStep,
  'energy to equal error': toEqualError,
  'break even': breakEven,
}
