import { boxMuller, SpikewardError } from '@spikeward/core'

/** How points are spread: independent and uniform, or by a sequence of low discrepancy. */
export type Sequence = 'uniform' | 'sobol' | 'halton'

/** Points in [0, 1)^d, one per call. */
export type NextPoint = () => readonly number[]

/**
 * Points of [0, 1)^d, one after the other.
 *
 * @param key of the random numbers: of the points for `uniform`, of a shift modulo 1 for the sequences (key 0: none)
 * @throws INVALID_OPTION for more dimensions than the sequence has: 8
 */
export function sequence(kind: Sequence, dimension: number, key: number): NextPoint {
  if (dimension > 8) {
    throw new SpikewardError('INVALID_OPTION', `a ${kind} sequence of ${dimension} dimensions; give at most 8`)
  }
  const random = splitMix(key)
  if (kind === 'uniform') return () => Array.from({ length: dimension }, random)
  const shift = Array.from({ length: dimension }, () => (key === 0 ? 0 : random()))
  const raw = kind === 'sobol' ? sobol(dimension) : halton(dimension)
  return () => raw().map((v, i) => (v + shift[i]!) % 1)
}

/** SplitMix32: a generator of uniform numbers with 32 bits of state. */
function splitMix(key: number): () => number {
  let state = (key * 0x9e3779b9 + 0x85ebca6b) >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32
  }
}

const primes = [2, 3, 5, 7, 11, 13, 17, 19]

/** Radical inverses of 1, 2, 3, … in the first primes (Halton 1960). */
function halton(dimension: number): NextPoint {
  let count = 0
  return () => {
    count++
    return primes.slice(0, dimension).map((base) => {
      let [value, scale, rest] = [0, 1 / base, count]
      while (rest > 0) {
        value += (rest % base) * scale
        rest = Math.floor(rest / base)
        scale /= base
      }
      return value
    })
  }
}

/** Degree, coefficients and first direction numbers of dimensions 2 to 8 (Joe & Kuo 2008). */
const directions: readonly (readonly [degree: number, a: number, m: readonly number[]])[] = [
  [1, 0, [1]],
  [2, 1, [1, 3]],
  [3, 1, [1, 3, 1]],
  [3, 2, [1, 1, 1]],
  [4, 1, [1, 1, 3, 3]],
  [4, 4, [1, 3, 5, 13]],
  [5, 2, [1, 1, 5, 5, 17]],
]

/** Sobol's sequence in Gray-code order, without its first point 0. */
function sobol(dimension: number): NextPoint {
  const BITS = 32
  const v = Array.from({ length: dimension }, (_, d): number[] => {
    if (d === 0) return Array.from({ length: BITS }, (__, i) => 2 ** (BITS - 1 - i))
    const [s, a, m] = directions[d - 1]!
    const own = m.map((x, i) => (x * 2 ** (BITS - 1 - i)) >>> 0)
    for (let i = s; i < BITS; i++) {
      let value = own[i - s]! ^ (own[i - s]! >>> s)
      for (let k = 1; k < s; k++) value ^= ((a >>> (s - 1 - k)) & 1) * own[i - k]!
      own.push(value >>> 0)
    }
    return own
  })
  let count = 0
  const state = new Array<number>(dimension).fill(0)
  return () => {
    const bit = Math.clz32(~count & (count + 1)) ^ 31
    count++
    for (let d = 0; d < dimension; d++) state[d] = (state[d]! ^ v[d]![bit]!) >>> 0
    return state.map((x) => x / 2 ** BITS)
  }
}

/** Standard normal numbers, from a key. */
export function pseudoNormals(key: number, count: number): Float64Array {
  const next = sequence('uniform', 2, key)
  return Float64Array.from({ length: count }, () => {
    const [a = 0, b = 0] = next()
    return boxMuller(a, b)
  })
}
