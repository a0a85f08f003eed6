import { cpu } from '@spikeward/backend-cpu'
import { type Key, type Tensor, key, jit, jvp, matmul, normal, referenceBackend, sum, tanh } from '@spikeward/core'

const slope = jit((k: Key) => {
  const [a, b, c] = k.split(3)
  const x = normal(a!, [64, 32])
  const loss = (w: Tensor) => sum(tanh(matmul(x, w)))
  return jvp(loss, [normal(b!, [32, 8])], [normal(c!, [32, 8])])[1]
})
for (const backend of [referenceBackend(), await cpu()]) {
  console.log(backend.name, await slope(key(0, { backend })).item())
}
