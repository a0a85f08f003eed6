import { add, affine, key, mul, ones, scan, tensor, zeros } from '@spikeward/core'
import type { Affine, Tensor } from '@spikeward/core'
import { spsa } from '@spikeward/estimators'
import { adam } from '@spikeward/optim'
import { sigmaDeltaRollout, sigmaDeltaStart, toSigmaDelta } from '@spikeward/train'

const advance = (p: Affine, u: Tensor) => add(u, affine(p, u))
const params = { weight: mul(ones([2, 2]), -0.1), bias: zeros([2]) }
// Rollouts [1 + steps, samples, …] of the truth, here of a slightly faster decay.
const u = tensor([[1, 0.5]])
const decay = (v: Tensor): [Tensor, Tensor] => [add(v, mul(affine(params, v), 1.05)), v]
const reference = scan(decay, u, null, { length: 9 })[1]
const tuning = { reference, estimator: spsa({ size: 0.1 }), optimizer: adam(0.1), key: key(0) }
const units = await toSigmaDelta(advance, params, { ...tuning, tolerance: 1.1 })
console.log(units.operations < 1) // true
const first = sigmaDeltaRollout(advance, params, units, sigmaDeltaStart(advance, params, u), 4)
const { fields } = sigmaDeltaRollout(advance, params, units, first.state, 4)
console.log(fields.shape) // [4, 1, 2]
