/** The baselines of a run: what else can be reached on the same data. */
import { cpu } from '@spikeward/backend-cpu'
import type { Backend, RegressionProblem } from '@spikeward/core'
import type { Experiment } from '../assembly/experiment.js'
import type { BuildHow } from '../assembly/makeExperiment.js'
import type { TrainConfig } from '../config/trainConfig.js'
import { operatorRows, pointRows } from './baselineData.js'
import type { BaselineChoice, BaselineFacts, Baselines } from './baselines.js'
import type { BaselineData, Rows } from './baselineData.js'
import { denseNetwork, randomSignControl } from './controlTrainings.js'
import { kernelRidge } from './kernelRidge.js'
import { linearRidge } from './linearRidge.js'
import { rolloutBaselines } from './rolloutBaselines.js'
import { sequenceBaselines } from './sequenceBaselines.js'

export async function baselineData(experiment: Experiment): Promise<BaselineData | null> {
  if (experiment.kind === 'pinn') return null
  const { problem } = experiment
  if (problem.kind === 'regression') return pointRows(problem)
  const [train, validation, test] = await Promise.all([
    problem.data('train'),
    problem.data('validation'),
    problem.data('test'),
  ])
  return operatorRows(problem, { train, validation, test })
}

/** No baselines besides the untrained network. */
export const NO_FACTS: BaselineFacts = { linear: null, kernel: null, dense: null, randomSign: null }

/**
 * Linear and kernel ridge regression on the data of an experiment.
 *
 * @param test rows to report on, with the outputs of the experiment; default: its test split
 */
export async function classicalBaselines(
  experiment: Experiment,
  backend: Backend,
  test?: Rows,
): Promise<Pick<BaselineFacts, 'linear' | 'kernel' | 'persistence' | 'echoState' | 'rollout'>> {
  const { problem } = experiment
  if (experiment.kind === 'operator' && experiment.rollout !== undefined && test === undefined) {
    const { rollout } = experiment
    return onFast(backend, (on) => rolloutBaselines(rollout, on))
  }
  if (problem.kind === 'regression' && problem.window !== undefined) {
    const { window, points } = problem
    if (test === undefined) return ofWindows({ ...problem, window }, backend)
    // Of other windows the last known targets are not stored.
    const other = { ...window, known: () => null }
    return ofWindows(
      { ...problem, window: other, points: (of) => (of === 'test' ? { ...test, grid: null } : points(of)) },
      backend,
    )
  }
  const own = await baselineData(experiment)
  if (own === null) return { linear: null, kernel: null }
  const data = test === undefined ? own : { ...own, test }
  return onFast(backend, async (on) => ({
    linear: await linearRidge(data, { backend: on }),
    kernel: await kernelRidge(data, { backend: on }),
  }))
}

/** The most centres of a comparison that takes about a second. */
const FEW_CENTRES = 1000

/** The validation error of kernel ridge regression with at most 1,000 centres. */
export async function kernelValidation(problem: RegressionProblem, backend: Backend): Promise<number> {
  const options = { centres: FEW_CENTRES }
  const { validation } = await onFast(backend, (on) => kernelRidge(pointRows(problem), { ...options, backend: on }))
  return validation
}

/** Computes on a backend, or on WebAssembly if it is slow or lacks double precision. */
async function onFast<T>(backend: Backend, compute: (on: Backend) => Promise<T>): Promise<T> {
  if (isFast(backend)) return compute(backend)
  await using wasm = await cpu()
  return await compute(wasm)
}

/** Those of sequences. */
async function ofWindows(problem: Parameters<typeof sequenceBaselines>[0], backend: Backend) {
  if (isFast(backend)) return sequenceBaselines(problem, backend)
  await using wasm = await cpu()
  return await sequenceBaselines(problem, wasm)
}

const isFast = ({ name, capabilities }: Backend): boolean => name !== 'reference' && capabilities.dtypes.includes('f64')

/** The baselines of a finished run that `choice` names. */
export async function runBaselines(
  choice: BaselineChoice,
  config: TrainConfig,
  experiment: Experiment,
  backend: Backend,
  how: BuildHow,
): Promise<BaselineFacts> {
  if (choice === 'none') return NO_FACTS
  const all = choice === 'all'
  return {
    ...(await classicalBaselines(experiment, backend)),
    dense: all ? await denseNetwork(config, how) : null,
    randomSign: all ? await randomSignControl(config, how) : null,
  }
}

const finite = (value: number | null | undefined): number | null =>
  value !== null && value !== undefined && Number.isFinite(value) ? value : null

export const baselinesOf = (untrained: number | null, facts: BaselineFacts): Baselines => ({
  untrained: finite(untrained),
  linear: finite(facts.linear?.relativeL2),
  kernel: finite(facts.kernel?.relativeL2),
  dense: finite(facts.dense?.relativeL2),
  randomSign: finite(facts.randomSign?.relativeL2),
  ...(facts.persistence === undefined ? {} : { persistence: facts.persistence }),
  ...(facts.echoState === undefined ? {} : { echoState: finite(facts.echoState.relativeL2) }),
})

/** The errors of baselines and how they were found, as fields of a result. */
export const withBaselines = (
  untrained: number | null,
  facts: BaselineFacts,
): { readonly baselines: Baselines; readonly baselineFacts: BaselineFacts } => ({
  baselines: baselinesOf(untrained, facts),
  baselineFacts: facts,
})
