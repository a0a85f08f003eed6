import {
  SpikewardError,
  add,
  arange,
  cast,
  cos,
  equal,
  expandDims,
  greaterEqual,
  matmul,
  mul,
  rademacher,
  rem,
  scan,
  sub,
  tensor,
  transpose,
  where,
} from '@spikeward/core'
import type { FloatDType, Key, Tensor } from '@spikeward/core'

/** Feedback B [m, n] that mirrors a weight W [m, n], and the place of its next vector in the basis, from 0 to m − 1. */
export type Mirror = { readonly feedback: Tensor; readonly next: Tensor }

/** The largest m with (m − 1)(2m − 1) < 2³¹ that is a power of two. */
const MAX_INPUTS = 32_768

/**
 * Vectors with which a mirror compares a layer of m inputs: rows k of a fixed orthonormal basis, the cosine basis
 * (DCT-II) with a random sign sⱼ for each input,
 *
 *     p_kj = sⱼ √(c_k/m) cos(π k (2j + 1)/(2m)),   c_0 = 1,   c_k = 2 for k > 0.
 *
 * Every vector reaches every input.
 *
 * @param rows k, i32 [K]
 * @returns [K, m]
 */
export function basisVectors(rows: Tensor, m: number, dtype: FloatDType, key: Key): Tensor {
  const odd = add(mul(arange(m), 2), 1)
  const column = expandDims(rows, 1)
  // The remainder keeps the angle below 2π, where f32 is accurate.
  const turns = rem(mul(column, expandDims(odd, 0)), 4 * m)
  const wave = cos(mul(cast(turns, dtype), Math.PI / (2 * m)))
  const length = where(equal(column, 0), tensor(Math.sqrt(1 / m), { dtype }), tensor(Math.sqrt(2 / m), { dtype }))
  return mul(mul(wave, length), rademacher(key, [m], { dtype }))
}

/**
 * One step of a weight mirror, with the next K vectors of the basis as the rows of P: B ← B + Pᵀ(PW − PB). It projects
 * B − W on the complement of the K vectors. After all vectors of the basis, B is W exactly if W did not move; if it
 * moves, B misses at most the movement of the last m/K steps.
 *
 * @param count K; all m vectors if it is larger
 * @param key draws the signs of the basis, and must stay the same
 * @see Kaczmarz 1937, whose projections end after one sweep if the rows are orthogonal; Akrout et al. 2019
 *   (1904.05391), weight mirrors, with independent noise: each vector removes a share of 1/m of the squared error on
 *   average
 */
export function advanceMirror({ feedback, next }: Mirror, weight: Tensor, count: number, key: Key): Mirror {
  const [m] = weight.shape as [number, number]
  const rows = Math.min(count, m)
  const wrapped = (k: Tensor): Tensor => where(greaterEqual(k, m), sub(k, m), k)
  const vectors = basisVectors(wrapped(add(next, arange(rows))), m, weight.dtype as FloatDType, key)
  const miss = sub(matmul(vectors, weight), matmul(vectors, feedback))
  return { feedback: add(feedback, matmul(transpose(vectors), miss)), next: wrapped(add(next, rows)) }
}

/**
 * A mirror of zeros after `share` of the m vectors, in steps of `count`.
 *
 * @param path of the weight among the parameters
 * @throws INVALID_OPTION for m above 32,768, where k(2j + 1) is too large for i32 and the rows would not be orthonormal
 */
export function beginMirror(path: string, weight: Tensor, count: number, share: number, key: Key): Mirror {
  const [m] = weight.shape as [number, number]
  if (m > MAX_INPUTS)
    throw new SpikewardError(
      'INVALID_OPTION',
      `a weight mirror of '${path}', which has ${m} inputs: the vectors of more than ${MAX_INPUTS} inputs are not orthonormal; use transport: kolenPollack, or weights`,
    )
  const steps = Math.ceil((share * m) / Math.min(count, m))
  const nothing: Mirror = { feedback: mul(weight, 0), next: tensor(0, { dtype: 'i32' }) }
  if (steps === 0) return nothing
  const [mirror] = scan(
    (b: Mirror, _: Tensor): [Mirror, []] => [advanceMirror(b, weight, count, key), []],
    nothing,
    arange(steps),
  )
  return mirror
}
