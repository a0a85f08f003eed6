/** The counts of `bench energy` and `bench break-even`, relative to back-propagation. */
import { sampleMean } from '@spikeward/train'
import { heldBytes, meanSteps, medianTime } from '../../../apps/bench/src/energy/energyStatistics.js'
import type { BreakEvenResult } from '../../../apps/bench/src/energy/breakEvenBenchmark.js'
import type { EnergyRow, EnergySettings } from '../../../apps/bench/src/energy/measureEnergy.js'
import type { StoredTable } from './storedTable.js'

type Range = Pick<EnergyRow['energy'][number], 'low' | 'high'>

type BreakEvenRun = BreakEvenResult & { readonly settings: { readonly width: number } }

type EnergyRun = { readonly rows: readonly EnergyRow[]; readonly settings: Pick<EnergySettings, 'most'> }

/** Two digits, without an exponent. */
const rounded = (x: number): string => String(Number(x.toPrecision(2)))
const range = ({ low, high }: Range, unit: number, name: string): string =>
  `${Number((low / unit).toPrecision(3))} to ${Number((high / unit).toPrecision(3))} ${name}`

const productsOf = ({ ledger: { total } }: EnergyRow): number => total.acs + total.macs

/** The time of a step in milliseconds. Throws if none was measured. */
function timeOf(row: EnergyRow): number {
  const time = medianTime(row)
  if (time === null) throw new Error(`no step of ${row.estimator} was timed; store a run with more steps`)
  return time
}

const bytesOf = ({ ledger }: EnergyRow): number => ledger.bytesMoved
const heldOf = ({ ledger }: EnergyRow): number => heldBytes(ledger)
const horowitz = ({ energy }: EnergyRow): Range => energy.find(({ model }) => model === 'horowitz45')!

const bpOf = ({ rows }: EnergyRun): EnergyRow => rows.find(({ estimator }) => estimator === 'bp')!
const nameOf = ({ estimator }: EnergyRow): string => `\`${estimator}\``

const ofStep: StoredTable = ([first]) => {
  const run = first as EnergyRun
  const bp = bpOf(run)
  const by = (of: (row: EnergyRow) => number, row: EnergyRow): string => rounded(of(row) / of(bp))
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
  const cellsOf = (row: EnergyRow): string[] => {
    const [steps, reference] = [meanSteps(row), meanSteps(bp)]
    if (steps === null || reference === null) return [`over ${most}`, 'not reached', '', '', '']
    const reached = row.steps.filter((n) => n !== null)
    const [least, greatest] = [Math.min(...reached), Math.max(...reached)]
    const by = (of: (r: EnergyRow) => number): string => rounded((steps * of(row)) / (reference * of(bp)))
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

const breakEven: StoredTable = ([first]) => {
  const { settings, spiking, dense } = first as BreakEvenRun
  const rateOf = ({ low, high }: Range): string =>
    high === 0 ? 'none' : `${rounded(100 * low)} to ${rounded(100 * high)} %`
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
        ledger.firingRate === null ? '—' : `${rounded(100 * ledger.firingRate)} %`,
        equal === undefined ? 'none' : `${equal.width} units a layer`,
        equal === undefined ? '—' : sampleMean(equal.errors).toFixed(3),
        at('horowitz45'),
        at('horowitz45-int8'),
      ]
    }),
  ]
}

/** The tables by name. */
export const workTables: Readonly<Record<string, StoredTable>> = {
  'energy of a step': ofStep,
  'energy to equal error': toEqualError,
  'break even': breakEven,
}
