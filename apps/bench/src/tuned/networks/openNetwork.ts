/** The network of a training on a function of points, its task and its errors. */
import type { RegressionProblem } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp, standardise, untrainedRidge } from '@spikeward/operators'
import { evaluate, regressionTask } from '@spikeward/train'
import type { NetworkSettings } from './opened.js'

/** Makes the network and its task on a problem. */
export function openNetwork(settings: NetworkSettings, problem: RegressionProblem) {
  const { hidden, time, batch, beta } = settings
  const network = spikingMlp({
    inputs: problem.inputs,
    outputs: problem.outputs,
    hidden,
    time,
    residual: settings.residual === true,
    standardiseWeights: settings.standardiseWeights === true,
    neuron: leakyIntegrateAndFire({ beta, resetDetached: settings.attachedReset !== true }),
    spike: spike(atan()),
    domain: problem.domain,
    output: standardise(problem.points('train')),
  })
  type V = ReturnType<typeof network.init>
  return {
    task: regressionTask({ network, problem, batch }),
    weights: (trained: V['trained']) => trained.layers.map(({ weight }) => weight),
    error: async (variables: V, split: 'validation' | 'test') =>
      (await evaluate(network, variables, problem.points(split))).relativeL2,
    ridge: async (untrained: V) => (await untrainedRidge(network, untrained, problem)).relativeL2,
  }
}
