import { jit, key, square, sub, sum, tensor } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { rfg } from '@spikeward/estimators'
import { adam } from '@spikeward/optim'
import { trainStep } from '@spikeward/train'

const loss = (p: { x: Tensor }, target: Tensor) => sum(square(sub(p.x, target)))
const { init, step } = trainStep(loss, rfg({ directions: 2 }), adam(0.1))
const run = jit(step, { donate: [0] })
let state = init({ x: tensor([0, 0]) })
for (let i = 0; i < 200; i++) state = run(state, tensor([3, -1]), key(0))
console.log(await state.trained.x.data()) // close to 3, -1
