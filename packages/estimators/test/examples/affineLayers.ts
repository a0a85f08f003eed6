import { add, key, matmul, mean, normal, square, sub, tanh, zeros } from '@spikeward/core'
import type { Loss, LossParts, Tensor } from '@spikeward/core'
import { eligibility, withCosine } from '@spikeward/estimators'

const samples = 32
const x = normal(key(1), [samples, 2])
const y = normal(key(2), [samples, 1])
const params = {
  hidden: { weight: normal(key(3), [2, 8]), bias: zeros([8]) },
  readout: { weight: normal(key(4), [8, 1]), bias: zeros([1]) },
}
type Params = typeof params

const plus = (a: Tensor, perturbation: Tensor | null | undefined) => (perturbation ? add(a, perturbation) : a)
const parts: LossParts<Params> = {
  samples,
  affineLayers: [
    { weight: 'hidden.weight', bias: 'hidden.bias', fanIn: 2, units: 8, input: 'constant' },
    { weight: 'readout.weight', bias: 'readout.bias', fanIn: 8, units: 1, input: 'constant' },
  ],
  forward(p, perturbations) {
    const h = tanh(plus(add(matmul(x, p.hidden.weight), p.hidden.bias), perturbations[0]))
    return { output: plus(add(matmul(h, p.readout.weight), p.readout.bias), perturbations[1]), presynaptic: [x, h] }
  },
  head: (output) => mean(square(sub(output, y)), 1),
  residuals: null,
}
const plain = (p: Params) => mean(parts.head(parts.forward(p, []).output))
const loss: Loss<Params> = Object.assign(plain, { parts })

const { stats } = withCosine(eligibility()).estimate(loss, params, {}, { key: key(0) })
console.log('cosine to back-propagation', await stats.cosine!.item()) // 1: exact, and forward only
