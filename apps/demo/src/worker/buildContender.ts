import type { Estimator, NeuronModel, Optimizer, RegressionProblem, Surrogate } from '@spikeward/core'
import { spike } from '@spikeward/neurons'
import { spikingMlp, standardise } from '@spikeward/operators'
import type { SpikingMlp } from '@spikeward/operators'
import type { Contender, Settings } from '../settings/settings.js'
import { make } from './catalogue.js'

/** A function of points, and the network that learns it. */
export type FunctionParts = {
  readonly problem: RegressionProblem
  readonly network: SpikingMlp
}

/**
 * Makes the target and the network of a function of points.
 *
 * @throws UNKNOWN_NAME, and the errors of the factories
 */
export function buildFunction(settings: Settings): FunctionParts {
  // The kind of a declaration determines the return type of its factory.
  const problem = make('problem', settings.problem, settings.problemOptions) as RegressionProblem
  const neuron = make('neuron', settings.neuron, settings.neuronOptions) as NeuronModel
  const fire = spike(make('surrogate', settings.surrogate, settings.surrogateOptions) as Surrogate)
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
  return { problem, network }
}

/**
 * Makes the estimator and the optimiser of one contender.
 *
 * @throws UNKNOWN_NAME, and the errors of the factories
 */
export function buildContender(
  { schedule, steps }: Pick<Settings, 'schedule' | 'steps'>,
  { estimator, options, optimizer, learningRate }: Contender,
): { readonly estimator: Estimator; readonly optimizer: Optimizer } {
  const rate = make('schedule', schedule, {}, { initial: learningRate, steps })
  return {
    estimator: make('estimator', estimator, options) as Estimator,
    optimizer: make('optimizer', optimizer, {}, { rate }) as Optimizer,
  }
}
