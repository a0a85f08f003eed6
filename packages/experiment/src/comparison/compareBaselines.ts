/** Errors of other methods on the data of a comparison, and the controls of its estimators. */
import { classicalBaselines, denseNetwork, drawsDirections, randomSignControl } from '../baselines/runBaselines.js'
import type { BaselineFacts, Baselines } from '../baselines/baselines.js'
import { type PairedRatio, hasLearned, pairedRatio } from '../baselines/pairedRatio.js'
import { openBackend } from '../catalogue/kinds/openBackend.js'
import { TABLE, findProblem } from '../catalogue/kinds/problems.js'
import type { TrainConfig } from '../config/trainConfig.js'
import type { Io } from '../io/io.js'
import type { Trials } from '../node/comparison/compareTrials.js'
import { buildParts } from '../run/buildParts.js'
import type { CompareRow, CompareSettings, Trial } from './trial.js'

/** Errors on the test split by method, one for each pair of keys; null where a method has none. */
export type CompareBaselines = {
  /** The networks of the first estimator, untrained. Those of each run stand in its row. */
  readonly untrained: readonly (number | null)[]
  readonly linear: readonly (number | null)[]
  readonly kernel: readonly (number | null)[]
  /** With `all`. It is trained for as many steps as the first estimator. */
  readonly dense: readonly (number | null)[] | null
  /** How the regressions were found, and from how many rows. */
  readonly facts: readonly Pick<BaselineFacts, 'linear' | 'kernel'>[]
}

export type KeyPair = { readonly key: number; readonly dataKey: number }

/** The pairs of keys of a comparison: data and network vary together, for problems that draw data. */
export async function keyPairs(
  { problem, key, keys }: Pick<CompareSettings, 'problem' | 'key' | 'keys'>,
  { dataKey }: Pick<TrainConfig, 'dataKey'>,
): Promise<readonly KeyPair[]> {
  const drawsData = problem === TABLE || (await findProblem(problem)).kind === 'operator'
  return Array.from({ length: keys }, (_, i) => ({ key: key + i, dataKey: drawsData ? dataKey + i : dataKey }))
}

/** The baselines on the data of each pair of keys; null with `none`. */
export async function compareBaselines(
  { baselines }: Pick<CompareSettings, 'baselines'>,
  [row]: readonly CompareRow[],
  trials: Trials,
  io: Io,
): Promise<CompareBaselines | null> {
  if (baselines === 'none' || row === undefined) return null
  const how = { io, quiet: true }
  const classical: Pick<BaselineFacts, 'linear' | 'kernel'>[] = []
  const dense: (number | null)[] = []
  for (const { config, steps } of row.trials) {
    // They depend on the data alone: runs with the same data key share them.
    const ofData = { ...config, key: 0, estimator: '', estimatorOptions: {}, learningRate: 0, steps: 0, seconds: null }
    classical.push(
      await trials.keep(`baselines, data key ${config.dataKey}`, { baselines: ofData }, null, async () => {
        const { experiment } = await buildParts(config, how)
        await using backend = await openBackend(config.backend, config.threads)
        return await classicalBaselines(experiment, backend)
      }),
    )
    if (baselines === 'all') dense.push(await control(trials, 'dense', { ...config, steps }, denseNetwork, io))
  }
  return {
    untrained: row.trials.map((t) => t.baselineRidge),
    linear: classical.map(({ linear }) => linear?.relativeL2 ?? null),
    kernel: classical.map(({ kernel }) => kernel?.relativeL2 ?? null),
    dense: baselines === 'all' ? dense : null,
    facts: classical,
  }
}

/** The baselines of each run of a row, in the order of its trials. */
export const baselinesOfRuns = (
  { trials, randomSign }: Pick<CompareRow, 'trials' | 'randomSign'>,
  shared: CompareBaselines | null,
): readonly Baselines[] =>
  trials.map(({ baselineRidge }, i) => ({
    untrained: baselineRidge,
    linear: shared?.linear[i] ?? null,
    kernel: shared?.kernel[i] ?? null,
    dense: shared?.dense?.[i] ?? null,
    randomSign: randomSign?.[i] ?? null,
  }))

/** The errors of `randomSign` of an estimator for the keys of its runs; null if it draws no random directions. */
export async function randomSigns(runs: readonly Trial[], trials: Trials, io: Io): Promise<(number | null)[] | null> {
  const found: (number | null)[] = []
  for (const { config, steps } of runs)
    found.push(await control(trials, 'randomSign', { ...config, steps }, randomSignControl, io))
  return found.every((error) => error === null) ? null : found
}

async function control(
  trials: Trials,
  name: string,
  config: TrainConfig,
  run: typeof denseNetwork,
  io: Io,
): Promise<number | null> {
  const label = `${name} of ${config.estimator}, key ${config.key}`
  const training = await trials.keep(label, { [name]: config }, null, () => run(config, { io, quiet: true }))
  return training?.relativeL2 ?? null
}

const errorsOf = ({ trials }: Pick<CompareRow, 'trials'>): (number | null)[] => trials.map((t) => t.relativeL2)

/** Whether the runs of a row have learned, see `hasLearned`; null: too few pairs of keys, or random directions without their control. */
export function rowHasLearned(row: Pick<CompareRow, 'config' | 'trials' | 'randomSign'>): boolean | null {
  const untrained = row.trials.map((t) => t.baselineRidge)
  return hasLearned(errorsOf(row), [
    ...(untrained.some((error) => error !== null) ? [untrained] : []),
    ...(drawsDirections(row.config) ? [row.randomSign ?? row.trials.map(() => null)] : []),
  ])
}

/** The error of a row divided by that of `bp` at the same budget and keys, or of the first row if `bp` is not compared. */
export function pairedTo(
  row: CompareRow,
  rows: readonly CompareRow[],
): { readonly to: string; readonly mean: number | null; readonly paired: PairedRatio | null } | null {
  const own = rows.filter(({ budget }) => budget === row.budget)
  const reference = own.find(({ config }) => config.estimator === 'bp') ?? own[0]
  if (reference === undefined || reference === row) return null
  return { to: reference.label, mean: reference.mean, paired: pairedRatio(errorsOf(row), errorsOf(reference)) }
}
