import { host } from '#host'
import { key as keyOf, trace } from '@spikeward/core'
import type { Backend, Communicator, Estimator, Optimizer, Tree } from '@spikeward/core'
import { checkShared, overRanks, single } from '@spikeward/distributed'
import { type FitRun, type Snapshot, type TaskFitOptions, fit, memberOf, stepLossOf, trainStep } from '@spikeward/train'
import { makeEstimator } from '../catalogue/kinds/estimators.js'
import { makeOptimizer, makeSchedule } from '../catalogue/kinds/optimizers.js'
import { type TrainConfig, sameExperiment } from '../config/trainConfig.js'
import type { BuildHow, Experiment } from '../assembly/experiment.js'
import { makeExperiment } from '../assembly/makeExperiment.js'
import { isExternal } from '../plugins/reference.js'
import { asUsage } from '../usage/usageError.js'

/** The parts of a run. */
export type Parts = { readonly experiment: Experiment; readonly estimator: Estimator; readonly optimizer: Optimizer }

async function optimizerOf(config: TrainConfig): Promise<Optimizer> {
  const rate = await makeSchedule(config.schedule, config.learningRate, config.steps)
  return makeOptimizer(config.optimizer, rate, config.optimizerOptions)
}

/** A run that was assembled before. */
export type Assembled = { readonly config: TrainConfig; readonly parts: Parts }

/**
 * Assembles a run. Invalid names and numbers, and invalid combinations of data, network and estimator, are usage
 * errors, since nothing has been written yet.
 *
 * @param before a run whose experiment is used again if the settings of the experiment are the same
 */
export function buildParts(config: TrainConfig, how: BuildHow, before?: Assembled): Promise<Parts> {
  return asUsage(async () => {
    await host.checkFiles(config)
    const { own = {} } = how
    const estimator = own.estimator ?? (await makeEstimator(config.estimator, config.estimatorOptions, config))
    if (config.shares !== null) checkShared(estimator, config.shares)
    const optimizer = own.optimizer ?? (await optimizerOf(config))
    const isSame = before !== undefined && sameExperiment(before.config, config)
    const experiment = isSame ? before.parts.experiment : await makeExperiment(config, how)
    // The loss of points gives every estimator what it needs.
    if (config.loss !== null || usesPlugins(config) || Object.keys(own).length > 0)
      rehearse(experiment, estimator, optimizer)
    return { experiment, estimator, optimizer }
  })
}

const usesPlugins = (config: TrainConfig): boolean =>
  [config.problem, config.network, config.neuron, config.surrogate, config.estimator, config.optimizer, config.schedule]
    .concat(Object.values(config.estimatorOptions).filter((value) => typeof value === 'string'))
    .some(isExternal)

/**
 * Traces one step without computing it. A residual that cannot be differentiated, or an estimator with a missing
 * requirement, throws.
 */
function rehearse({ task }: Experiment, estimator: Estimator, optimizer: Optimizer): void {
  const { init, step } = trainStep(stepLossOf(task), estimator, optimizer)
  const data = task.data()
  trace(
    (key: ReturnType<typeof keyOf>, batch: typeof data) => {
      const variables = task.init(key)
      const { trained, fixed } = task.members === undefined ? variables : memberOf(variables, 0)
      return step(init(trained), { fixed, data: batch }, key)
    },
    keyOf(0),
    data,
  )
}

type Options = Omit<TaskFitOptions<Tree, Tree, Tree>, 'task' | 'callbacks' | 'estimator' | 'optimizer'>

export const fitParts = ({ experiment, estimator, optimizer }: Parts, options: Options): FitRun =>
  fit<Tree, Tree, Tree>({ task: experiment.task, callbacks: experiment.callbacks, estimator, optimizer, ...options })

export type TrainingParts = {
  readonly config: TrainConfig
  readonly parts: Parts
  readonly backend: Backend
  readonly resume: Snapshot | null
  /** The ranks that take the steps together; null: this process alone. */
  readonly communicator: Communicator | null
  readonly check?: number | undefined
}

/** The same on every machine, so that a resumed run writes the same lines as an uninterrupted one. */
const everyOf = (steps: number): number => Math.max(1, Math.min(100, Math.round(steps / 400)))

/** Twenty validations a run. With patience they follow solves of the readout, between which errors rise. */
function validateEveryOf({ steps, patience, readoutSolve }: TrainConfig): number {
  const every = patience === null || readoutSolve === null || readoutSolve > steps ? 1 : readoutSolve
  return Math.max(1, Math.round(steps / 20 / every)) * every
}

/** The events of a run, and how to stop it: on all ranks after the same step. */
export function trainingEvents({ config, parts, backend, resume, communicator, check }: TrainingParts): {
  readonly events: FitRun
  readonly stop: () => void
} {
  const { record } = parts.experiment
  const abort = new AbortController()
  const ranks = config.shares === null ? null : overRanks(communicator ?? single(), config.shares)
  const events = fitParts(parts, {
    backend,
    key: config.key,
    ...(record === null ? {} : { model: record }),
    steps: config.steps,
    every: everyOf(config.steps),
    validateEvery: validateEveryOf(config),
    ...(config.patience === null ? {} : { patience: config.patience }),
    checkpointEvery: config.checkpointEvery,
    ...(check === undefined ? {} : { check }),
    ...(ranks === null
      ? { signal: abort.signal }
      : { stepper: ranks.stepper, share: ranks.share, signal: ranks.signal }),
    ...(resume === null ? {} : { resume }),
  })
  return { events, stop: () => (ranks === null ? abort.abort() : ranks.stop()) }
}
