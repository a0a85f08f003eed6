import type { Estimator, NeuronModel, Optimizer, RegressionProblem, Spike } from '@spikeward/core'
import { spike } from '@spikeward/neurons'
import { spikingMlp, standardise } from '@spikeward/operators'
import type { SpikingMlp } from '@spikeward/operators'
import type { Lane, Settings } from '../settings/settings.js'
import { estimators, neurons, optimizers, pick, problems, schedules, surrogates } from './catalogue.js'

/** What all lanes of a race share. */
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

/** Builds the estimator and the optimiser of one lane. */
export function buildLane(
  { schedule, steps }: Pick<Settings, 'schedule' | 'steps'>,
  lane: Lane,
): { readonly estimator: Estimator; readonly optimizer: Optimizer } {
  const rate = pick('schedule', schedule, schedules)(lane.learningRate, steps)
  return {
    estimator: pick('estimator', lane.estimator, estimators).make(lane),
    optimizer: pick('optimizer', lane.optimizer, optimizers).make(rate),
  }
}
