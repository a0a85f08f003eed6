import { cpu } from '@spikeward/backend-cpu'
import { eligibility } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import { adam, cosineDecay } from '@spikeward/optim'
import { parabola } from '@spikeward/problems'
import { fit } from '@spikeward/train'

const neuron = leakyIntegrateAndFire({ beta: 1 })
const network = spikingMlp({ inputs: 1, outputs: 1, hidden: [50], time: 16, neuron, spike: spike(atan()) })
const rate = cosineDecay({ initial: 1e-2, steps: 500 })
const how = { estimator: eligibility(), optimizer: adam(rate), backend: await cpu() }
for await (const event of fit({ network, problem: parabola(), ...how, key: 0, steps: 500, every: 100 })) {
  if (event.type === 'metrics') console.log(event.step, event.loss)
}
