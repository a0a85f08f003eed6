import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import { parabola } from '@spikeward/problems'

/** A network and a problem so small that thousands of steps take seconds on any backend. */
export const smallProblem = () => ({
  network: spikingMlp({
    inputs: 1,
    outputs: 1,
    hidden: [6, 5],
    time: 4,
    neuron: leakyIntegrateAndFire({ beta: 1 }),
    spike: spike(atan({ alpha: 2 })),
  }),
  problem: parabola({ train: 16, validation: 8, test: 9 }),
  batch: 8,
})
