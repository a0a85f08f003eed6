import { affine, key, lossParts, mean, normal, square, sub, tanh, zeros } from '@spikeward/core'
import type { Loss, Tensor } from '@spikeward/core'
import { eligibility, withCosine } from '@spikeward/estimators'

const samples = 32
const x = normal(key(1), [samples, 2])
const y = normal(key(2), [samples, 1])
const params = {
  hidden: { weight: normal(key(3), [2, 8]), bias: zeros([8]) },
  readout: { weight: normal(key(4), [8, 1]), bias: zeros([1]) },
}
type Params = typeof params

const network = (p: Params, at: Tensor) => affine(p.readout, tanh(affine(p.hidden, at)))
const parts = lossParts({
  samples,
  input: x,
  forward: network,
  head: (output) => mean(square(sub(output, y)), 1),
  residuals: null,
})
const loss: Loss<Params> = Object.assign((p: Params) => mean(parts.head(network(p, x))), { parts })

const { stats } = withCosine(eligibility()).estimate(loss, params, {}, { key: key(0) })
console.log('cosine to back-propagation', await stats.cosine!.item()) // 1: exact, and forward only
