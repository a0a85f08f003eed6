import { key as keyOf, referenceBackend } from '@spikeward/core'
import { modelledEnergy } from '@spikeward/energy'
import type { EnergyModel, Ledger, ModelledEnergy } from '@spikeward/energy'
import { energyRange, ledgerOf } from '../energy/describeLedger.js'
import { table } from '../io/texts.js'
import type { Io } from '../io/io.js'
import { buildParts } from '../run/buildParts.js'
import type { CompareRow } from './compareRow.js'
import { shown } from './tableCells.js'

export type EnergyCost = {
  readonly label: string
  readonly budget: number
  readonly ledger: Ledger
  readonly perStep: ModelledEnergy
  /** Of the mean number of steps of its runs; null if none succeeded. */
  readonly run: Pick<ModelledEnergy, 'model' | 'low' | 'high'> | null
}

/** Counts a step of every row, operation by operation on the reference backend, and prices it. */
export async function energyCosts(
  rows: readonly CompareRow[],
  model: EnergyModel,
  io: Io,
): Promise<readonly EnergyCost[]> {
  const backend = referenceBackend()
  const costs: EnergyCost[] = []
  for (const { label, budget, config, steps } of rows) {
    // A row whose runs were cut before their first step plans none; a step of it is priced all the same.
    const parts = await buildParts({ ...config, steps: Math.max(1, config.steps) }, { io, quiet: true })
    const variables = parts.experiment.task.init(keyOf(config.key, { backend }).fold(0))
    const ledger = await ledgerOf(parts, config, variables, backend)
    const perStep = modelledEnergy(ledger.total, model)
    const { low, high } = perStep
    const run = steps === null ? null : { model: model.name, low: steps * low, high: steps * high }
    costs.push({ label, budget, ledger, perStep, run })
  }
  return costs
}

/** The costs as a part of the report. */
export const energyReport = (costs: readonly EnergyCost[], { name, summary, source }: EnergyModel): string =>
  `\n## Work and modelled energy\n\nA step of the initial network, counted value by value. Energy: ${name}, ${summary}. ${source}\n\n` +
  table(
    ['estimator', 'budget, s', 'firing rate', 'effective ACs', 'effective MACs', 'bytes moved', 'a step', 'its steps'],
    costs.map(({ label, budget, ledger, perStep, run }) => [
      label,
      String(budget),
      ledger.firingRate === null ? '—' : `${(100 * ledger.firingRate).toFixed(1)} %`,
      shown(ledger.total.acs, 0),
      shown(ledger.total.macs, 0),
      shown(ledger.bytesMoved, 0),
      energyRange(perStep),
      run === null ? '—' : energyRange(run),
    ]),
  )
