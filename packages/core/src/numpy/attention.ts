import { stopGradient } from '../primitives/pointwise/cast.js'
import { dot } from '../primitives/dot.js'
import { SpikewardError } from '../errors.js'
import { printAval } from '../tensor/aval.js'
import type { Tensor } from '../tensor/tensor.js'
import { add, div, exp, mul, sqrt, square, sub, where } from './elementwise.js'
import { max, mean, sum } from './reduce.js'
import { axisOf } from './shape.js'

/**
 * exp(x) / Σ exp(x) along an axis, computed from x less its largest element so that it never overflows.
 *
 * `axis` is the last by default.
 */
export function softmax(x: Tensor, { axis = -1 } = {}): Tensor {
  const at = axisOf('softmax', axis, x.ndim)
  const e = exp(sub(x, stopGradient(max(x, at, { keepDims: true }))))
  return div(e, sum(e, at, { keepDims: true }))
}

/**
 * Attention (Vaswani et al. 2017, 1706.03762): softmax(q kᵀ / √d) v over the last two axes; leading axes are batches
 * and heads.
 *
 * Binary queries (spikes) are the left operand of their product with the keys; the weights of the second product are
 * not binary. `jax.nn.dot_product_attention` has the heads behind the tokens. `mask` is bool [tokens, sources], or of
 * the shape of all products: false where a token must not look.
 *
 * @param q queries [..., tokens, d]
 * @param k keys [..., sources, d]
 * @param v values [..., sources, e]
 * @returns [..., tokens, e]
 * @throws SHAPE_MISMATCH if the shapes do not fit
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, { mask }: { readonly mask?: Tensor } = {}): Tensor {
  const n = q.ndim
  const fits =
    n >= 2 &&
    k.ndim === n &&
    v.ndim === n &&
    q.shape.every((d, a) => a === n - 2 || d === k.shape[a]) &&
    v.shape.every((d, a) => a === n - 1 || d === k.shape[a])
  if (!fits) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `attention: queries ${printAval(q.aval)}, keys ${printAval(k.aval)}, values ${printAval(v.aval)}; they are [..., tokens, d], [..., sources, d] and [..., sources, e] with equal leading axes`,
    )
  }
  const lead = q.shape.slice(0, -2).map((_, a) => a)
  const scores = mul(dot(q, k, { contract: [[n - 1], [n - 1]], batch: [lead, lead] }), 1 / Math.sqrt(q.shape[n - 1]!))
  const seen = mask === undefined ? scores : where(mask, scores, Number.NEGATIVE_INFINITY)
  return dot(softmax(seen), v, { contract: [[n - 1], [n - 2]], batch: [lead, lead] })
}

/**
 * Layer normalisation over the last axis (Ba et al. 2016, 1607.06450): (x − mean) / √(variance + ε), then scaled and
 * shifted. The variance divides by n, as in PyTorch and flax.
 *
 * @param x [..., n]
 * @param options.scale [n], default 1
 * @param options.shift [n], default 0
 * @param options.epsilon default 1e-5, PyTorch's (flax: 1e-6)
 */
export function layerNorm(
  x: Tensor,
  options: { readonly scale?: Tensor; readonly shift?: Tensor; readonly epsilon?: number } = {},
): Tensor {
  const centred = sub(x, mean(x, -1, { keepDims: true }))
  const deviation = sqrt(add(mean(square(centred), -1, { keepDims: true }), options.epsilon ?? 1e-5))
  const unit = div(centred, deviation)
  const scaled = options.scale === undefined ? unit : mul(unit, options.scale)
  return options.shift === undefined ? scaled : add(scaled, options.shift)
}
