import { grad, jit, square, sub, sum, tensor } from '@spikeward/core'
import { adam, applyUpdates, chain, clipByGlobalNorm, cosineDecay } from '@spikeward/optim'

const optimizer = chain(clipByGlobalNorm(1), adam(cosineDecay({ initial: 0.2, steps: 200 })))
let params = { x: tensor([0, 0]) }
let state = optimizer.init(params)

const loss = (p: typeof params) => sum(square(sub(p.x, tensor([3, -1]))))
const step = jit((p: typeof params, s: typeof state) => {
  const next = optimizer.update(grad(loss)(p), s, p)
  return { params: applyUpdates(p, next.updates), state: next.state }
})
for (let i = 0; i < 200; i++) ({ params, state } = step(params, state))
console.log(await params.x.data()) // close to 3, -1
