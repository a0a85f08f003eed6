import { type Backend, key as keyOf, referenceBackend } from '@spikeward/core'
import { type EnergyModel, type Ledger, type ModelledEnergy, modelledEnergy } from '@spikeward/energy'
import { energyRange, ledgerOf } from '../energy/describeLedger.js'
import { shown, table } from '../io/texts.js'
import type { Io } from '../io/io.js'
import { openStep } from '../inspection.js'
import { buildParts } from '../run/buildParts.js'
import type { CompareRow } from './trial.js'
import { sampleMedian } from '@spikeward/train'
import { openBackend } from '../catalogue/make.js'
import type { TrainConfig } from '../config/trainConfig.js'

/** The cost of a training step. */
export type StepCost = {
  /** Median over all steps. */
  readonly ms: number
  /** Counted from the plan, products as dense. */
  readonly flops: number
  readonly bytesMoved: number
  readonly peakBytes: number
}

type Ready = { readonly step: () => Promise<void>; readonly cost: Omit<StepCost, 'ms'>; readonly dispose: () => void }

async function prepare(config: TrainConfig, backend: Backend, io: Io): Promise<Ready> {
  const { experiment, ...learner } = await buildParts(config, { io, quiet: true })
  const { executable, take, dispose } = await openStep(experiment.task, learner, config.key, backend)
  for (let i = 0; i < 3; i++) await take()
  const { peakBytes } = backend.stats()
  return { step: take, cost: { flops: executable.flops, bytesMoved: executable.bytes, peakBytes }, dispose }
}

/**
 * Times the training steps of several settings in alternating rounds, so that a machine that slows down slows all of
 * them down.
 *
 * @param seconds of timing for each
 */
export async function stepCosts(
  configs: readonly TrainConfig[],
  seconds: number,
  io: Io,
): Promise<readonly StepCost[]> {
  const opened: { readonly ready: Ready; readonly backend: Backend; readonly times: number[] }[] = []
  await using _closed = {
    async [Symbol.asyncDispose]() {
      for (const { ready, backend } of opened) {
        ready.dispose()
        await backend[Symbol.asyncDispose]()
      }
    },
  }
  for (const config of configs) {
    const backend = await openBackend(config.backend, config.threads)
    opened.push({ ready: await prepare(config, backend, io), backend, times: [] })
  }
  const rounds = 10
  for (let r = 0; r < rounds; r++) {
    for (const { ready, times } of r % 2 === 0 ? opened : [...opened].reverse()) {
      const until = performance.now() + (1000 * seconds) / rounds
      do {
        const begun = performance.now()
        await ready.step()
        times.push(performance.now() - begun)
      } while (performance.now() < until)
    }
  }
  return opened.map(({ ready, times }) => ({ ms: sampleMedian(times), ...ready.cost }))
}

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
