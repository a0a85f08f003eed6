import { key, tensor } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'

const network = spikingMlp({
  inputs: 2,
  outputs: 1,
  hidden: [50, 50],
  time: 32,
  neuron: leakyIntegrateAndFire({ beta: 1 }),
  spike: spike(atan({ alpha: 2 })),
})
const variables = network.init(key(0)) // { trained: { layers, readout }, fixed: { membranes, centre, output } }
console.log(await network.apply(variables, tensor([[0.1, -0.3]])).data()) // one output for one point
