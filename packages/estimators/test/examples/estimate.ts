import { add, key, matmul, mean, square, sub, tensor } from '@spikeward/core'
import { rademacherDistribution, rfg, withCosine } from '@spikeward/estimators'

const x = tensor([
  [0, 1],
  [1, 0],
  [1, 1],
])
const y = tensor([[1], [2], [3]])
const params = { weight: tensor([[0.1], [-0.2]]), bias: tensor([0]) }
const loss = (p: typeof params) => mean(square(sub(add(matmul(x, p.weight), p.bias), y)))

const estimator = withCosine(rfg({ directions: 2, distribution: rademacherDistribution }))
const { value, grad, stats } = estimator.estimate(loss, params, {}, { key: key(0) })
console.log('loss', await value.item())
console.log('estimated gradient of the weight', await grad.weight.data())
console.log('cosine to back-propagation', await stats.cosine!.item())
