import { cpu } from '@spikeward/backend-cpu'
import { eligibility } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { parabola } from '@spikeward/problems'
import { evaluate, fit } from '@spikeward/train'

// What is learned: x² on [−1, 1]. tableProblem(...) learns from your own numbers instead.
const problem = parabola()

// 50 neurons, which receive the input for 16 time steps. A neuron fires a spike (0 or 1) when its membrane crosses the
// threshold.
const network = spikingMlp({
  inputs: 1,
  outputs: 1,
  hidden: [50],
  time: 16,
  neuron: leakyIntegrateAndFire({ beta: 1 }),
  spike: spike(atan()),
})

// eligibility() learns forward only: no pass goes back through time.
const run = { network, problem, estimator: eligibility(), optimizer: adam(1e-2), backend: await cpu(), key: 0 }
for await (const event of fit({ ...run, steps: 300, every: 100 })) {
  if (event.type === 'metrics') console.log(`step ${event.step}  loss ${event.loss.toFixed(5)}`)
  if (event.type === 'end') {
    const { relativeL2 } = await evaluate(network, event.variables, problem.points('test'))
    console.log(`relative L2 error on the test points ${relativeL2.toFixed(3)}`)
  }
}
