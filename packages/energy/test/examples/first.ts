import { matmul, tensor, trace } from '@spikeward/core'
import { countProgram, horowitz45, modelledEnergy } from '@spikeward/energy'

const spikes = tensor([[1, 0, 1, 0]])
const weights = tensor([[0.5], [0.1], [0.2], [0.3]])
const { program } = trace((s: typeof spikes, w: typeof weights) => matmul(s, w), spikes, weights)
const { work } = await countProgram(program, [
  { tensor: spikes, origin: 'data' },
  { tensor: weights, origin: 'weight' },
])
console.log(work.acs, work.macs, work.dense) // 2 0 4
const { low, high } = modelledEnergy(work, horowitz45)
console.log(low, high) // 21.8 101.8
