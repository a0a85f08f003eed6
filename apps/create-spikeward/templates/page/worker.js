import { cpu } from '@spikeward/backend-cpu'
import { eligibility } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { parabola } from '@spikeward/problems'
import { evaluate, fit } from '@spikeward/train'

const problem = parabola()
const neuron = leakyIntegrateAndFire({ beta: 1 })
const network = spikingMlp({ inputs: 1, outputs: 1, hidden: [50], time: 16, neuron, spike: spike(atan()) })
const test = problem.points('test')

/** @param {ArrayLike<number>} values at the test points */
const curve = (values) =>
  Array.from(values, (y, i) => /** @type {const} */ ([test.x[i] ?? 0, y])).sort(([a], [b]) => a - b)

const run = { network, problem, estimator: eligibility(), optimizer: adam(1e-2), backend: await cpu(), key: 0 }
for await (const event of fit({ ...run, steps: 300, every: 20 })) {
  if (event.type === 'metrics') postMessage({ step: event.step, loss: event.loss })
  if (event.type === 'end') {
    const { relativeL2, prediction } = await evaluate(network, event.variables, test)
    const { step, loss } = event
    postMessage({ step, loss, relativeL2, target: curve(test.y), prediction: curve(prediction) })
  }
}
