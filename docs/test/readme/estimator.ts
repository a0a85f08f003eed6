import { type Estimator, type Tensor, abs, jvp, key, mul, rademacher, sub, sum, tensor, treeMap } from '@spikeward/core'
import { sgd } from '@spikeward/optim'
import { trainStep } from '@spikeward/train'
const estimate: Estimator['estimate'] = (loss, params, state, { key }) => {
  let leaf = 0
  const v = treeMap((p) => rademacher(key.fold(leaf++), p.shape), params)
  const [value, slope] = jvp(loss, [params], [v])
  return { value, grad: treeMap((d) => mul(slope, d), v), state, stats: { forwardEquivalents: tensor(2) } }
}
const coin: Estimator = { name: 'coin', needs: 'jvp', unbiased: true, init: () => ({}), estimate }
const { init, step } = trainStep((p: { x: Tensor }) => sum(abs(sub(p.x, 3))), coin, sgd(0.05))
let state = init({ x: tensor([0, 0]) })
for (let i = 0; i < 300; i++) state = step(state, tensor(0), key(0))
console.log(await state.trained.x.data()) // both near 3
