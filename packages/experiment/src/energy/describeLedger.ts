import { type Backend, type Variables, key as keyOf } from '@spikeward/core'
import { type Counts, type Ledger, type ModelledEnergy, countNames, countStep } from '@spikeward/energy'
import { lossAt, stepLossOf } from '@spikeward/train'
import type { TrainConfig } from '../config/trainConfig.js'
import type { Parts } from '../run/buildParts.js'
import { alignedTable } from '../io/texts.js'

const shown = (n: number): string =>
  n >= 1e4 ? n.toExponential(2) : Number.isInteger(n) ? String(n) : n.toPrecision(3)

const words = (name: keyof Counts): string =>
  name === 'acs' || name === 'macs'
    ? name.toUpperCase().replace('S', 's')
    : name.replace(/[A-Z]/g, (c) => ` ${c.toLowerCase()}`)

export function joules(picojoules: number): string {
  const units = ['pJ', 'nJ', 'µJ', 'mJ', 'J', 'kJ'] as const
  const at = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, picojoules)) / 3)))
  return `${(picojoules / 1000 ** at).toPrecision(3)} ${units[at]}`
}

/** A range of energy with its model: never a bare number. */
export const energyRange = ({ low, high, model }: Pick<ModelledEnergy, 'low' | 'high' | 'model'>): string =>
  `${joules(low)} to ${joules(high)} (${model})`

/** The work of a step as a table: columns are the parts of the step. */
export function ledgerTable(ledger: Ledger): string {
  const columns = ['forward', 'draws', 'estimate', 'update', 'total'] as const
  const rows = countNames
    .filter((name) => ledger.total[name] > 0)
    .map((name) => [words(name), ...columns.map((c) => shown(ledger[c][name]))])
  return alignedTable(['count', 'one evaluation', 'draws', 'estimate', 'update', 'step'], rows)
}

/** The energy of a step in one line, and what the model leaves out. */
export function energyLine(energy: ModelledEnergy): string {
  const left = energy.uncovered.map(({ name, count }) => `${shown(count)} ${name}`).join(', ')
  return `a step: ${energyRange(energy)}${left === '' ? '' : `; not covered by the model: ${left}`}`
}

/** Counts one training step of a run at the given variables. */
export function ledgerOf(
  { experiment, estimator, optimizer }: Parts,
  config: TrainConfig,
  { trained, fixed }: Variables,
  backend: Backend,
): Promise<Ledger> {
  const loss = stepLossOf(experiment.task)
  return countStep({
    lossAt: (f, data, key) => lossAt(loss, { fixed: f, data }, key),
    estimator,
    optimizer,
    trained,
    fixed,
    data: experiment.task.data(),
    key: keyOf(config.key, { backend }),
  })
}
