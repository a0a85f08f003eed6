import { rfg } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { parabola } from '@spikeward/problems'
import { evaluate, fit } from '@spikeward/train'

const problem = parabola()
const neuron = leakyIntegrateAndFire({ beta: 1 })
const network = spikingMlp({ inputs: 1, outputs: 1, hidden: [16], time: 8, neuron, spike: spike(atan()) })
for await (const e of fit({
  network,
  problem,
  estimator: rfg(),
  optimizer: adam(0.01),
  key: 0,
  steps: 100,
  every: 50,
})) {
  if (e.type === 'metrics') console.log(e.step, e.loss)
  if (e.type === 'end') console.log((await evaluate(network, e.variables, problem.points('test'))).relativeL2)
}
