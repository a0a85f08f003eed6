import type { Estimator, NeuronModel, Optimizer, RegressionProblem, Spike } from '@spikeward/core'
import { spike } from '@spikeward/neurons'
import { spikingMlp, standardise } from '@spikeward/operators'
import type { SpikingMlp } from '@spikeward/operators'
import type { Contender, Settings } from '../settings/settings.js'
import { estimators, neurons, optimizers, pick, problems, schedules, surrogates } from './catalogue.js'

/** What all contenders of a race share. */
export type Shared = {
  readonly problem: RegressionProblem
  readonly network: SpikingMlp
  readonly neuron: NeuronModel
  readonly spike: Spike
}

/** Builds target and network. @throws UNKNOWN_NAME, and what the library says of impossible numbers */
export function buildShared(settings: Settings): Shared {
  const problem = pick('problem', settings.problem, problems).make()
  const neuron = pick('neuron', settings.neuron, neurons).make(settings)
  const fire = spike(pick('surrogate', settings.surrogate, surrogates).make())
  const network = spikingMlp({
    inputs: problem.inputs,
    outputs: problem.outputs,
    hidden: settings.hidden,
    time: settings.time,
    neuron,
    spike: fire,
    domain: problem.domain,
    output: standardise(problem.points('train')),
  })
  return { problem, network, neuron, spike: fire }
}

/** Builds the estimator and the optimiser of one contender. */
export function buildContender(
  { schedule, steps }: Pick<Settings, 'schedule' | 'steps'>,
  contender: Contender,
): { readonly estimator: Estimator; readonly optimizer: Optimizer } {
  const rate = pick('schedule', schedule, schedules)(contender.learningRate, steps)
  return {
    estimator: pick('estimator', contender.estimator, estimators).make(contender),
    optimizer: pick('optimizer', contender.optimizer, optimizers).make(rate),
  }
}
