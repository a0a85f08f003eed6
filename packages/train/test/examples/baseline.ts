import { key } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp, standardise, untrainedRidge } from '@spikeward/operators'
import { mexicanHat } from '@spikeward/problems'

const problem = mexicanHat({ train: 16, test: 17, validation: 200 })
const network = spikingMlp({
  inputs: 2,
  outputs: 1,
  hidden: [50],
  time: 16,
  neuron: leakyIntegrateAndFire({ beta: 1 }),
  spike: spike(atan()),
  output: standardise(problem.points('train')),
})
const { relativeL2 } = await untrainedRidge(network, network.init(key(0)), problem)
console.log(relativeL2) // the error without any training
