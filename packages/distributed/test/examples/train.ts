import { overRanks, single, threadGroup, threads } from '@spikeward/distributed'
import type { Communicator } from '@spikeward/core'
import { rfg } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { parabola } from '@spikeward/problems'
import { fit } from '@spikeward/train'

const problem = parabola()
const neuron = leakyIntegrateAndFire({ beta: 1 })
const network = spikingMlp({ inputs: 1, outputs: 1, hidden: [16], time: 4, neuron, spike: spike(atan()) })

/** The loss after ten steps, as a rank of a group sees it. */
async function train(communicator: Communicator): Promise<number> {
  const { stepper, signal } = overRanks(communicator, { directions: 4 })
  const estimator = rfg({ directions: 8 })
  const run = { network, problem, batch: 32, estimator, optimizer: adam(0.01), key: 0, steps: 10 }
  for await (const e of fit({ ...run, stepper, signal })) if (e.type === 'end') return e.loss
  throw new Error('the run did not end')
}

const group = threadGroup(2)
const [one, [first, second]] = await Promise.all([
  train(single()),
  Promise.all([0, 1].map((rank) => train(threads(group, rank)))),
])
console.log([one - first!, one - second!]) // [0, 0]
