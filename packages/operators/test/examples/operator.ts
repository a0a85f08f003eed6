import { key, tensor } from '@spikeward/core'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import { deepOnet, fieldOf, sepOnet, vanishing, withHardConditions } from '@spikeward/operators'

const spiking = { kind: 'spiking', neuron: leakyIntegrateAndFire({ beta: 1 }), surrogate: atan(), time: 32 } as const
const deep = deepOnet({
  sensors: 4,
  axes: 1,
  features: 20,
  domain: [[0, 1]],
  branch: { ...spiking, hidden: [100] },
  trunk: { kind: 'smooth', hidden: [50] }, // or spiking, or { kind: 'modified', hidden: [50, 50] }
})
const network = withHardConditions(deep, vanishing({ axis: 0, at: [0, 1], scale: 4 })) // output × 4x(1 − x)
const variables = network.init(key(0))
const f = tensor([[1, 0.5, -0.5, -1]]) // one function, four sensors
const u = fieldOf(network, variables, network.encode(variables, f))
const at = { kind: 'grid', axes: [tensor([0, 0.25, 1])] } as const
console.log(await u.at(at).data()) // shape [1, 3], zero at both ends
console.log(await u.d(at, 0, 2).data()) // u″, exact in forward mode: the trunk is smooth

// On a grid of two axes a separable network runs its trunks for 3 + 2 coordinates, not for 6 points.
const separable = sepOnet({
  sensors: 4,
  axes: 2,
  features: 20,
  domain: [
    [0, 1],
    [0, 1],
  ],
  branch: { ...spiking, hidden: [50] },
  trunk: { ...spiking, hidden: [50] },
})
const grid = { kind: 'grid', axes: [tensor([0, 0.5, 1]), tensor([0.2, 0.7])] } as const
console.log(await separable.apply(separable.init(key(0)), f, grid).data()) // shape [1, 3, 2]
