import { add, key, mean, square, tensor } from '@spikeward/core'
import { exactDerivatives, fieldOf, pinn, stencilDerivatives } from '@spikeward/operators'

const network = pinn({ axes: 1, block: { kind: 'smooth', hidden: [20, 20] }, domain: [[0, 2]] })
const variables = network.init(key(0))
const at = { kind: 'points', x: tensor([[0.5], [1], [1.5]]) } as const
for (const differentiate of [exactDerivatives(), stencilDerivatives({ step: 0.05, accuracy: 4 })]) {
  const u = fieldOf(network, variables, [], { differentiate })
  console.log(await mean(square(add(u.d(at, 0, 2), u.at(at)))).item()) // residual of u″ + u = 0
}
