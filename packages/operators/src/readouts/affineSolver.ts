import {
  add,
  cast,
  div,
  equal,
  full,
  iota,
  matmul,
  mean,
  mul,
  reshape,
  scan,
  slice,
  solveSpd,
  square,
  sub,
  sum,
  transpose,
  zerosLike,
} from '@spikeward/core'
import type { Affine, Tensor, Tree } from '@spikeward/core'

/** A + λ tr(A)/n · I for a Gram matrix A. */
export function regularised(a: Tensor, lambda: number): Tensor {
  const n = a.shape[0]!
  const eye = cast(equal(iota([n, n], 0, 'i32'), iota([n, n], 1, 'i32')), a.dtype)
  return add(a, mul(eye, add(mul(sum(mul(a, eye)), lambda / n), 1e-12)))
}

/** A function of Y: argmin_W ‖A W Bᵀ − Y‖² = (AᵀA)⁻¹ AᵀYB (BᵀB)⁻¹, with a penalty on both Gram matrices. */
export function bilinear(a: Tensor, b: Tensor, lambda: number): (y: Tensor) => Tensor {
  const [n, p] = [a.shape[0]!, b.shape[0]!]
  const left = regularised(mul(matmul(transpose(a), a), 1 / n), lambda)
  const right = regularised(mul(matmul(transpose(b), b), 1 / p), lambda)
  return (y) => {
    const product = mul(matmul(matmul(transpose(a), y), b), 1 / (n * p))
    return transpose(solveSpd(right, transpose(solveSpd(left, product))))
  }
}

/**
 * A function of Y: the readout W, b with min ‖diag(α)(ΦW + 1bᵀ) Bᵀ − Y‖², and no penalty on b.
 *
 * Centring the features on their mean with weights α² separates W from b, as plain centring does for α = 1.
 *
 * @param alpha [rows, 1], or null for 1
 */
export function affineSolver(
  phi: Tensor,
  basis: Tensor,
  lambda: number,
  alpha: Tensor | null = null,
): (y: Tensor) => Affine {
  const scaled = (x: Tensor): Tensor => (alpha === null ? x : mul(x, alpha))
  const weight = alpha === null ? null : add(sum(square(alpha)), 1e-30)
  /** The constant c that minimises ‖αc − x‖ over the rows: Σ α x/Σ α². */
  const level = (x: Tensor): Tensor =>
    weight === null ? mean(x, 0, { keepDims: true }) : div(sum(scaled(x), 0, { keepDims: true }), weight)
  const centre = level(scaled(phi))
  const spread = bilinear(scaled(sub(phi, centre)), basis, lambda)
  const constant = bilinear(full([1, 1], 1, phi.dtype), basis, lambda)
  return (y) => {
    const middle = level(y)
    const w = spread(sub(y, alpha === null ? middle : mul(alpha, middle)))
    return { weight: w, bias: reshape(sub(constant(middle), matmul(centre, w)), [-1]) }
  }
}

/** Builds up a readout from zero: each pass adds what `step` returns for the current readout. */
export function accumulate(like: Affine, passes: number, step: (readout: Affine) => Affine): Affine {
  const start: Affine = { weight: zerosLike(like.weight), bias: zerosLike(like.bias) }
  const more = (r: Affine): [Affine, Tree] => {
    const { weight, bias } = step(r)
    return [{ weight: add(r.weight, weight), bias: add(r.bias, bias) }, []]
  }
  return scan(more, start, null, { length: passes })[0]
}

/** A readout from the weights of its features and, in the last row, its bias. */
export function halvesOf(both: Tensor): Affine {
  const [rows, outputs] = both.shape as [number, number]
  return {
    weight: slice(both, [0, 0], [rows - 1, outputs]),
    bias: reshape(slice(both, [rows - 1, 0], [rows, outputs]), [outputs]),
  }
}

/** (G/n + λ tr(G)/(n m) · I)⁻¹ of a Gram matrix G [m, m] of n rows. */
function inverse(gram: Tensor, n: number, lambda: number): Tensor {
  const m = gram.shape[0]!
  const eye = cast(equal(iota([m, m], 0, 'i32'), iota([m, m], 1, 'i32')), gram.dtype)
  return solveSpd(regularised(mul(gram, 1 / n), lambda), eye)
}

/**
 * A function of AᵀYB: argmin_W ‖A W Bᵀ − Y‖² from the Gram matrices of A (n rows) and B (p rows), built up from zero in
 * `passes` steps with a penalty on each change.
 */
export function accumulated(
  left: { readonly gram: Tensor; readonly rows: number },
  right: { readonly gram: Tensor; readonly rows: number },
  lambda: number,
  passes: number,
): (product: Tensor) => Tensor {
  const scale = 1 / (left.rows * right.rows)
  const [a, b] = [inverse(left.gram, left.rows, lambda), inverse(right.gram, right.rows, lambda)]
  const step = ([w, rest]: readonly [Tensor, Tensor]): [[Tensor, Tensor], Tree] => {
    const change = matmul(matmul(a, mul(rest, scale)), b)
    return [[add(w, change), sub(rest, matmul(matmul(left.gram, change), right.gram))], []]
  }
  return (product) => scan(step, [zerosLike(product), product] as [Tensor, Tensor], null, { length: passes })[0][0]
}
