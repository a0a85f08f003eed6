import { digital45, eventWork, loihi1Network, networkEnergy, reuseWork } from '@spikeward/energy'

const shape = { evaluations: 20, conversions: 512 }
const dense = [{ inputs: 256, outputs: 2048, weights: 40, messages: 20 * 256, operations: 20 * 256 * 40 }]
const events = [{ ...dense[0]!, messages: 800, operations: 800 * 40 }]
const onChip = (layers: typeof dense) => networkEnergy(eventWork(layers, shape), loihi1Network)
console.log(onChip(events) / onChip(dense)) // 0.20
const reused = networkEnergy(reuseWork(dense, shape), digital45)
console.log(networkEnergy(eventWork(events, shape), digital45) / reused) // 0.60
