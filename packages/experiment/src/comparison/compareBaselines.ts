/** Errors of other methods on the data of a comparison, and the controls of its estimators. */
import { classicalBaselines, denseNetwork, drawsDirections, randomSignControl } from '../baselines/runBaselines.js'
import {
  type BaselineFacts,
  type Baselines,
  type ControlTraining,
  NO_FACTS,
  baselinesOf,
} from '../baselines/baselines.js'
import { type PairedRatio, hasLearned, pairedRatio } from '../baselines/pairedRatio.js'
import { openBackend } from '../catalogue/make.js'
import { TABLE, findProblem } from '../catalogue/kinds/problems.js'
import type { TrainConfig } from '../config/trainConfig.js'
import type { Io } from '../io/io.js'
import { meanOf } from '../io/texts.js'
import type { Trials } from '../node/comparison/compareTrials.js'
import { buildParts } from '../run/buildParts.js'
import type { CompareRow, CompareSettings, Trial } from './trial.js'

export type KeyPair = { readonly key: number; readonly dataKey: number }

/** The pairs of keys of a comparison: data and network vary together, for problems that draw data. */
export async function keyPairs(
  { problem, key, keys }: Pick<CompareSettings, 'problem' | 'key' | 'keys'>,
  { dataKey }: Pick<TrainConfig, 'dataKey'>,
): Promise<readonly KeyPair[]> {
  const drawsData = problem === TABLE || (await findProblem(problem)).kind === 'operator'
  return Array.from({ length: keys }, (_, i) => ({ key: key + i, dataKey: drawsData ? dataKey + i : dataKey }))
}

/** How baselines on data were found; `randomSign` belongs to an estimator, and stands in the runs of its row. */
export type DataFacts = Omit<BaselineFacts, 'randomSign'>

/**
 * The baselines on the data of each pair of keys, and with `all` dense networks that train for as many steps as the
 * first row; with `none` none.
 */
export async function dataBaselines(
  { baselines }: Pick<CompareSettings, 'baselines'>,
  [row]: readonly CompareRow[],
  trials: Trials,
  io: Io,
): Promise<readonly DataFacts[]> {
  if (baselines === 'none' || row === undefined) return []
  const facts: DataFacts[] = []
  for (const { config, steps } of row.trials) {
    // They depend on the data alone: runs with the same data key share them.
    const ofData = { ...config, key: 0, estimator: '', estimatorOptions: {}, learningRate: 0, steps: 0, seconds: null }
    const classical = await trials.keep(
      `baselines, data key ${config.dataKey}`,
      { baselines: ofData },
      null,
      async () => {
        const { experiment } = await buildParts(config, { io, quiet: true })
        await using backend = await openBackend(config.backend, config.threads)
        return await classicalBaselines(experiment, backend, config.key)
      },
    )
    const dense = baselines === 'all' ? await control(trials, 'dense', { ...config, steps }, denseNetwork, io) : null
    facts.push({ ...classical, dense })
  }
  return facts
}

/** The mean of each baseline over runs; null where no run has one. */
export function meanBaselines(runs: readonly { readonly baselines: Baselines }[]): Baselines {
  const names = Object.keys(runs[0]?.baselines ?? baselinesOf(null, NO_FACTS)) as (keyof Baselines)[]
  return Object.fromEntries(
    names.map((name) => [name, meanOf(runs.map(({ baselines }) => baselines[name] ?? null))]),
  ) as Baselines
}

/**
 * A row with the baselines on the data of its pairs of keys, in the order of {@link dataBaselines}; the rest of its
 * baselines stay.
 */
export function withDataBaselines(row: CompareRow, facts: readonly DataFacts[]): CompareRow {
  const trials = row.trials.map((trial, i) => {
    const { untrained, randomSign } = trial.baselines
    return { ...trial, baselines: { ...baselinesOf(untrained, { ...NO_FACTS, ...facts[i] }), randomSign } }
  })
  return { ...row, trials, baselines: meanBaselines(trials.filter(({ failure }) => failure === null)) }
}

/** Runs with the errors of `randomSign` of their estimator for the same keys, if it draws random directions. */
export async function withRandomSigns(runs: readonly Trial[], trials: Trials, io: Io): Promise<readonly Trial[]> {
  const trialsOfRow: Trial[] = []
  for (const run of runs) {
    if (!drawsDirections(run.config)) return runs
    const training = await control(trials, 'randomSign', { ...run.config, steps: run.steps }, randomSignControl, io)
    trialsOfRow.push({ ...run, baselines: { ...run.baselines, randomSign: training?.relativeL2 ?? null } })
  }
  return trialsOfRow
}

function control(
  trials: Trials,
  name: string,
  config: TrainConfig,
  run: typeof denseNetwork,
  io: Io,
): Promise<ControlTraining | null> {
  const label = `${name} of ${config.estimator}, key ${config.key}`
  return trials.keep(label, { [name]: config }, null, () => run(config, { io, quiet: true }))
}

const errorsOf = ({ trials }: Pick<CompareRow, 'trials'>): (number | null)[] => trials.map((t) => t.relativeL2)

/**
 * Whether the runs of a row have learned, see `hasLearned`; null: too few pairs of keys, or random directions without
 * their control.
 */
export function rowHasLearned(row: Pick<CompareRow, 'config' | 'trials'>): boolean | null {
  const untrained = row.trials.map((t) => t.baselines.untrained)
  return hasLearned(errorsOf(row), [
    ...(untrained.some((error) => error !== null) ? [untrained] : []),
    ...(drawsDirections(row.config) ? [row.trials.map((t) => t.baselines.randomSign)] : []),
  ])
}

/**
 * The error of a row divided by that of `bp` at the same budget and keys, or of the first row if `bp` is not compared.
 */
export function pairedTo(
  row: CompareRow,
  rows: readonly CompareRow[],
): { readonly to: string; readonly mean: number | null; readonly paired: PairedRatio | null } | null {
  const own = rows.filter(({ budget }) => budget === row.budget)
  const reference = own.find(({ config }) => config.estimator === 'bp') ?? own[0]
  if (reference === undefined || reference === row) return null
  return { to: reference.label, mean: reference.mean, paired: pairedRatio(errorsOf(row), errorsOf(reference)) }
}
