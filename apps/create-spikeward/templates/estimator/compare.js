import { cpu } from '@spikeward/backend-cpu'
import { rfg } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { parabola } from '@spikeward/problems'
import { evaluate, fit } from '@spikeward/train'
import { differences } from './estimator.js'

const problem = parabola()
const neuron = leakyIntegrateAndFire({ beta: 1 })
const network = spikingMlp({ inputs: 1, outputs: 1, hidden: [50], time: 16, neuron, spike: spike(atan()) })
const run = { network, problem, optimizer: adam(1e-2), backend: await cpu(), key: 0, steps: 100 }
for (const estimator of [differences({ directions: 8 }), rfg({ directions: 8 })]) {
  for await (const event of fit({ ...run, estimator })) {
    if (event.type !== 'end') continue
    const { relativeL2 } = await evaluate(network, event.variables, problem.points('test'))
    const passes = Math.round(event.forwardEquivalents)
    console.log(`${estimator.name}: relative L2 ${relativeL2.toFixed(3)} after ${passes} forward passes`)
  }
}
