import { key as keyOf, trace } from '@spikeward/core'
import type { Estimator, Optimizer } from '@spikeward/core'
import { constant, cosineDecay } from '@spikeward/optim'
import type { Schedule } from '@spikeward/optim'
import { trainStep } from '@spikeward/train'
import { makeEstimator } from './catalogue/estimators.js'
import { optimizers } from './catalogue/optimizers.js'
import type { TrainConfig } from './config.js'
import { makeSubject } from './subject/index.js'
import type { BuildHow } from './subject/index.js'
import { stepLossOf } from './subject/stepLoss.js'
import type { Subject } from './subject/subject.js'
import { asUsage, pick } from './usage.js'

/** What a run is made of. */
export type Parts = { readonly subject: Subject; readonly estimator: Estimator; readonly optimizer: Optimizer }

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
    const subject = await makeSubject(config, how)
    if (subject.kind !== 'regression') rehearse(subject, estimator, optimizer)
    return { subject, estimator, optimizer }
  })
}

/** Traces one step, which computes nothing: a residual that cannot be differentiated so, or an estimator that lacks something, throws. */
function rehearse({ task }: Subject, estimator: Estimator, optimizer: Optimizer): void {
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
