import { cpu } from '@spikeward/backend-cpu'
import { native } from '@spikeward/backend-native'
import { type Backend, referenceBackend } from '@spikeward/core'
import { rfg } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import { parabola } from '@spikeward/problems'

const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  reference: async () => referenceBackend(),
  cpu: () => cpu({ threads: 1 }),
  native: () => native({ threads: 1 }),
}

/** A training so small that thousands of steps take seconds on any backend, for `fit`. */
export const smallTraining = async (backend: string, key: number) => ({
  network: spikingMlp({
    inputs: 1,
    outputs: 1,
    hidden: [6, 5],
    time: 4,
    neuron: leakyIntegrateAndFire({ beta: 1 }),
    spike: spike(atan({ alpha: 2 })),
  }),
  problem: parabola({ train: 16, validation: 8, test: 9 }),
  ...{ batch: 8, estimator: rfg({ directions: 2 }), key },
  backend: await backends[backend]!(),
})
