import { key as keyOf, trace } from '@spikeward/core'
import type { Estimator, Optimizer } from '@spikeward/core'
import { constant, cosineDecay } from '@spikeward/optim'
import type { Schedule } from '@spikeward/optim'
import { trainStep } from '@spikeward/train'
import { makeEstimator } from '../catalogue/estimators.js'
import { optimizers } from '../catalogue/optimizers.js'
import type { TrainConfig } from '../config/trainConfig.js'
import { makeExperiment } from '../experiment/makeExperiment.js'
import type { BuildHow } from '../experiment/makeExperiment.js'
import { stepLossOf } from '../experiment/stepLossOf.js'
import type { Experiment } from '../experiment/experiment.js'
import { pick } from '../usage/pick.js'
import { isExternal } from '../plugins/reference.js'
import { asUsage } from '../usage/usageError.js'

/** What a run is made of. */
export type Parts = { readonly experiment: Experiment; readonly estimator: Estimator; readonly optimizer: Optimizer }

/** How the learning rate goes over the steps of a run. */
export const schedules: Readonly<Record<string, (rate: number, steps: number) => Schedule>> = {
  cosine: (initial, steps) => cosineDecay({ initial, steps }),
  constant: (rate) => constant(rate),
}

/** The optimiser of a run over so many steps. */
export function optimizerOf(config: TrainConfig): Optimizer {
  const rate = pick('schedule', config.schedule, schedules)(config.learningRate, config.steps)
  return pick('optimizer', config.optimizer, optimizers).make(rate)
}

/**
 * Puts a run together. Every name and number that cannot be, and everything that data, network and estimator cannot do
 * together, is an error of usage: nothing was written yet.
 */
export function build(config: TrainConfig, how: BuildHow): Promise<Parts> {
  return asUsage(async () => {
    const estimator = await makeEstimator(config.estimator, config, config)
    const optimizer = optimizerOf(config)
    const experiment = await makeExperiment(config, how)
    if (experiment.kind !== 'regression' || usesPlugins(config)) rehearse(experiment, estimator, optimizer)
    return { experiment, estimator, optimizer }
  })
}

/** Whether something of the run comes from a package that the command does not know. */
const usesPlugins = ({ estimator, neuron, surrogate }: TrainConfig): boolean =>
  [estimator, neuron, surrogate].some(isExternal)

/** Traces one step, which computes nothing: a residual that cannot be differentiated so, or an estimator that lacks something, throws. */
function rehearse({ task }: Experiment, estimator: Estimator, optimizer: Optimizer): void {
  const { init, step } = trainStep(stepLossOf(task), estimator, optimizer)
  const data = task.data()
  trace(
    (key: ReturnType<typeof keyOf>, given: typeof data) => {
      const { trained, fixed } = task.init(key)
      return step(init(trained), { fixed, data: given }, key)
    },
    keyOf(0),
    data,
  )
}
