import {
  add,
  cast,
  equal,
  full,
  iota,
  matmul,
  mean,
  mul,
  reshape,
  scan,
  solveSpd,
  sub,
  sum,
  transpose,
  zerosLike,
} from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'
import type { Affine } from './variables.js'

/** A + λ tr(A)/n · I for a Gram matrix A. */
function regularised(a: Tensor, lambda: number): Tensor {
  const n = a.shape[0]!
  const eye = cast(equal(iota([n, n], 0, 'i32'), iota([n, n], 1, 'i32')), a.dtype)
  return add(a, mul(eye, add(mul(sum(mul(a, eye)), lambda / n), 1e-12)))
}

/** argmin_W ‖A W Bᵀ − Y‖² with a penalty on both Gram matrices, (AᵀA)⁻¹ AᵀYB (BᵀB)⁻¹, as a function of Y. */
export function bilinear(a: Tensor, b: Tensor, lambda: number): (y: Tensor) => Tensor {
  const [n, p] = [a.shape[0]!, b.shape[0]!]
  const left = regularised(mul(matmul(transpose(a), a), 1 / n), lambda)
  const right = regularised(mul(matmul(transpose(b), b), 1 / p), lambda)
  return (y) => {
    const product = mul(matmul(matmul(transpose(a), y), b), 1 / (n * p))
    return transpose(solveSpd(right, transpose(solveSpd(left, product))))
  }
}

/** The readout W, b of centred features: Φ W + b ≈ the solution of {@link bilinear}, the bias without a penalty. */
export function affineSolver(phi: Tensor, basis: Tensor, lambda: number): (y: Tensor) => Affine {
  const centre = mean(phi, 0, { keepDims: true })
  const spread = bilinear(sub(phi, centre), basis, lambda)
  const level = bilinear(full([1, 1], 1, phi.dtype), basis, lambda)
  return (y) => {
    const middle = mean(y, 0, { keepDims: true })
    const weight = spread(sub(y, middle))
    return { weight, bias: reshape(sub(level(middle), matmul(centre, weight)), [-1]) }
  }
}

/** What is built up from zero in a number of passes, each of which adds what `step` makes of what is there. */
export function accumulate(like: Affine, passes: number, step: (readout: Affine) => Affine): Affine {
  const start: Affine = { weight: zerosLike(like.weight), bias: zerosLike(like.bias) }
  const more = (r: Affine): [Affine, Tree] => {
    const { weight, bias } = step(r)
    return [{ weight: add(r.weight, weight), bias: add(r.bias, bias) }, []]
  }
  return scan(more, start, null, { length: passes })[0]
}
