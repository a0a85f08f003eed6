import { SpikewardError } from '@spikeward/core'
import { positive } from '../checks.js'
import type { FunctionSpace } from './sampleFunctions.js'

/** Options of {@link gaussianProcess}. */
export type GaussianProcessOptions = {
  readonly kernel: CovarianceKernel
  /** The interval on which the functions are defined. */
  readonly domain: readonly [number, number]
  /** Points, ends included, among which the pivots are chosen. Default 512. */
  readonly candidates?: number
  /** Largest variance, relative to k(x, x), that may be left out at a candidate. Default 1e-12. */
  readonly tolerance?: number
}

/**
 * A Gaussian process by Cholesky factorisation of its covariance, with pivoting.
 *
 * On the pivots P, chosen greedily where the remaining variance is largest, K_PP = L Lᵀ, and the basis is
 *
 *     b(x) = L⁻¹ k(P, x),   b(x)·b(y) = k(x, P) K_PP⁻¹ k(P, y) ≈ k(x, y)
 *
 * Compared with a plain factorisation on all candidates: the matrix, which is singular in floating point, needs no
 * jitter, so that smooth functions carry no white noise; a function is described by few numbers (about 25 for ℓ = 0.2
 * on [0, 1]) instead of one per grid point; and it can be evaluated anywhere, not only on a grid.
 *
 * @throws INVALID_OPTION
 * @see Harbrecht, Peters and Schneider, "On the low-rank approximation by the pivoted Cholesky decomposition" (2012)
 * @example const f = await sampleFunctions(gaussianProcess({ kernel: rbf({ length: 1 }), domain: [-1, 1] }), key(0), 10)
 */
export function gaussianProcess(options: GaussianProcessOptions): FunctionSpace {
  const { kernel, domain, candidates = 512, tolerance = 1e-12 } = options
  const [low, high] = domain
  if (!(low < high))
    throw new SpikewardError(
      'INVALID_OPTION',
      `gaussianProcess: the interval [${low}, ${high}] is empty; give low below high`,
    )
  if (!Number.isInteger(candidates) || candidates < 2)
    throw new SpikewardError(
      'INVALID_OPTION',
      `gaussianProcess: ${candidates} candidates; give a whole number of at least 2`,
    )
  positive('gaussianProcess', 'tolerance', tolerance)
  const pivots = choosePivots(options, candidates, tolerance)
  const rank = pivots.length
  const factor = new Float64Array(rank * rank)
  for (let i = 0; i < rank; i++)
    factor.set(forward(factor, i, rank, kernel, pivots, pivots[i]!).subarray(0, i + 1), i * rank)
  return {
    name: `gaussian-process(${kernel.name}, [${low}, ${high}], ${candidates}, ${tolerance})`,
    rank,
    basis(points) {
      const basis = new Float64Array(points.length * rank)
      points.forEach((x, p) => basis.set(forward(factor, rank, rank, kernel, pivots, x), p * rank))
      return basis
    },
  }
}

/**
 * Solves L b = k(P, x) by the first `rows` rows of L. For `rows` = i < rank and x = Pᵢ, entry i of the result is the
 * diagonal entry of row i: L is built so, row by row.
 */
function forward(
  l: Float64Array,
  rows: number,
  rank: number,
  k: CovarianceKernel,
  pivots: number[],
  x: number,
): Float64Array {
  const b = new Float64Array(rank)
  let left = k.covariance(x, x)
  for (let i = 0; i < rows; i++) {
    let sum = k.covariance(pivots[i]!, x)
    for (let j = 0; j < i; j++) sum -= l[i * rank + j]! * b[j]!
    b[i] = sum / l[i * rank + i]!
    left -= b[i]! ** 2
  }
  if (rows < rank) b[rows] = Math.sqrt(left)
  return b
}

/** Chooses the point of largest remaining variance, until less than `tolerance` remains at every candidate. */
function choosePivots({ kernel, domain: [low, high] }: GaussianProcessOptions, n: number, tolerance: number): number[] {
  const x = Float64Array.from({ length: n }, (_, i) => (low * (n - 1 - i) + high * i) / (n - 1))
  const left = x.map((v) => kernel.covariance(v, v))
  const floor = tolerance * left.reduce((a, b) => Math.max(a, b))
  const columns: Float64Array[] = []
  const pivots: number[] = []
  for (;;) {
    let p = 0
    for (let i = 1; i < n; i++) if (left[i]! > left[p]!) p = i
    if (pivots.length === n || !(left[p]! > floor)) return pivots
    const scale = Math.sqrt(left[p]!)
    const column = x.map((v, i) => {
      let sum = kernel.covariance(v, x[p]!)
      for (const c of columns) sum -= c[i]! * c[p]!
      return sum / scale
    })
    for (let i = 0; i < n; i++) left[i] = left[i]! - column[i]! ** 2
    left[p] = 0
    columns.push(column)
    pivots.push(x[p]!)
  }
}

/** A covariance function k(x, y) on the line, and its name in signatures. */
export type CovarianceKernel = { readonly name: string; readonly covariance: (x: number, y: number) => number }

/**
 * The squared exponential (RBF) kernel: k(x, y) = σ² exp(−(x − y)²/2ℓ²).
 *
 * @param options `length`: ℓ, in units of x; `variance`: σ², default 1
 * @throws INVALID_OPTION
 */
export function rbf(options: { readonly length: number; readonly variance?: number }): CovarianceKernel {
  const { length, variance = 1 } = options
  positive('rbf', 'length', length)
  positive('rbf', 'variance', variance)
  return {
    name: `rbf(${length}, ${variance})`,
    covariance: (x, y) => variance * Math.exp(-((x - y) ** 2) / (2 * length * length)),
  }
}
