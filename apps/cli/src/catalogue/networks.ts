import type { NeuronModel, RegressionProblem, Spike } from '@spikeward/core'
import { spikingMlp, standardise } from '@spikeward/operators'
import type { SpikingMlp } from '@spikeward/operators'
import type { Widths } from '../config.js'
import type { Catalogue } from './entry.js'

/** What a network is made from. */
export type NetworkSettings = {
  readonly problem: RegressionProblem
  readonly hidden: Widths
  readonly time: number
  readonly neuron: NeuronModel
  readonly spike: Spike
}

/** Networks. */
export const networks: Catalogue<(settings: NetworkSettings) => SpikingMlp> = {
  mlp: {
    about: 'spiking multi-layer perceptron: constant current in, mean spike rates out',
    make: ({ problem, hidden, time, neuron, spike }) =>
      spikingMlp({
        inputs: problem.inputs,
        outputs: problem.outputs,
        hidden,
        time,
        neuron,
        spike,
        domain: problem.domain,
        output: standardise(problem.points('train')),
      }),
  },
}
