import { cpu } from '@spikeward/backend-cpu'
import { eligibility } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { evaluate, fit } from '@spikeward/train'
import { waves } from './problem.js'

const problem = waves()
const neuron = leakyIntegrateAndFire({ beta: 1 })
const network = spikingMlp({ inputs: 1, outputs: 1, hidden: [100], time: 16, neuron, spike: spike(atan()) })
const run = { network, problem, estimator: eligibility(), optimizer: adam(1e-2), backend: await cpu(), key: 0 }
for await (const event of fit({ ...run, steps: 600 })) {
  if (event.type !== 'end') continue
  const { relativeL2 } = await evaluate(network, event.variables, problem.points('test'))
  console.log(`${problem.name}: relative L2 error on the test points ${relativeL2.toFixed(3)}`)
}
