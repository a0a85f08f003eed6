import { type FloatDType, type Tensor, einsum, reshape, tensor } from '@spikeward/core'

/**
 * Low-pass filters of orthonormal wavelets: Haar's, and those of Daubechies (1988) with two, four and six vanishing
 * moments.
 */
const filters = {
  haar: [Math.SQRT1_2, Math.SQRT1_2],
  db2: [1 + Math.sqrt(3), 3 + Math.sqrt(3), 3 - Math.sqrt(3), 1 - Math.sqrt(3)].map((v) => v / Math.sqrt(32)),
  db4: [
    ...[0.2303778133088965, 0.7148465705529157, 0.6308807679298589, -0.0279837694168599],
    ...[-0.1870348117190931, 0.0308413818355607, 0.0328830116668852, -0.010597401785069],
  ],
  db6: [
    ...[0.11154074335008017, 0.4946238903983854, 0.7511339080210959, 0.3152503517092432],
    ...[-0.22626469396516913, -0.12976686756709563, 0.09750160558707936, 0.02752286553001629],
    ...[-0.031582039318031156, 0.0005538422009938016, 0.004777257511010651, -0.00107730108499558],
  ],
} as const

/** Their names. */
export const waveletNames = ['haar', 'db2', 'db4', 'db6'] as const satisfies readonly (keyof typeof filters)[]

/** Rows of a matrix. */
export type Matrix = readonly Float64Array[]

/** Row k: Σᵢ filter[i] · row 2k + i, around the end. */
const halved = (filter: readonly number[], rows: Matrix): Matrix =>
  Array.from({ length: rows.length / 2 }, (_, k) =>
    rows[0]!.map((_v, j) => filter.reduce((sum, f, i) => sum + f * rows[(2 * k + i) % rows.length]![j]!, 0)),
  )

/**
 * The coarsest level of a periodic wavelet transform of n values as a matrix Φ [2m, n]: m averages and m details after
 * ⌈log₂(n/m)⌉ levels. Values are continued to m · 2^levels by their mirror image, if these are more.
 *
 *     low_{j+1}[k] = Σᵢ h[i] low_j[2k + i],   high_{j+1}[k] = Σᵢ (−1)^i h[K − 1 − i] low_j[2k + i]
 *
 * @param m averages that are left, fewer than n
 * @returns Φ, and its inverse on the span of its rows [n, 2m], which is Φᵀ without a continuation
 */
function coarsestLevel(wavelet: (typeof waveletNames)[number], n: number, m: number): { to: Matrix; from: Matrix } {
  const h = filters[wavelet]
  const g = h.map((_, i) => (i % 2 === 0 ? 1 : -1) * h[h.length - 1 - i]!)
  const levels = Math.max(1, Math.ceil(Math.log2(n / m)))
  const length = m * 2 ** levels
  let low: Matrix = Array.from({ length }, (_, i) => Float64Array.from({ length }, (_v, j) => (i === j ? 1 : 0)))
  for (let l = 1; l < levels; l++) low = halved(h, low)
  const rows = [...halved(h, low), ...halved(g, low)]
  const source = (j: number): number => (j < n ? j : Math.max(0, 2 * n - 1 - j))
  return {
    to: rows.map((row) => row.reduce((into, v, j) => ((into[source(j)]! += v), into), new Float64Array(n))),
    from: Array.from({ length: n }, (_, j) => Float64Array.from(rows, (row) => row[j]!)),
  }
}

/** y[…, i, …] = Σⱼ matrix[i, j] x[…, j, …] along an axis. */
export function multiplied(matrix: Tensor, x: Tensor, axis: number): Tensor {
  const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)]
  const y = einsum('mn,bnc->bmc', matrix, reshape(x, [size(before), x.shape[axis]!, size(after)]))
  return reshape(y, [...before, matrix.shape[0]!, ...after])
}

/** A transform and its inverse, between [samples, n₁, …, n_d, channels] and [samples, 2m₁, …, 2m_d, channels]. */
export type WaveletTransform = { forward(x: Tensor): Tensor; inverse(y: Tensor): Tensor }

/**
 * The coarsest level of a wavelet transform along each axis of a grid, as products: averages, details, and in more
 * dimensions the products of both; see Mallat (1989). `inverse(forward(x))` is x without its finer details.
 *
 * @param m averages along each axis, fewer than points
 */
export function waveletTransform(
  wavelet: (typeof waveletNames)[number],
  grid: readonly number[],
  m: number,
  dtype: FloatDType,
): WaveletTransform {
  const all = grid.map((n) => coarsestLevel(wavelet, n, m))
  const matrix = (rows: Matrix): Tensor =>
    tensor(Float64Array.from(rows.flatMap((row) => [...row])), { shape: [rows.length, rows[0]!.length], dtype })
  return {
    forward: (x) => all.reduce((y, { to }, a) => multiplied(matrix(to), y, a + 1), x),
    inverse: (y) => all.reduce((x, { from }, a) => multiplied(matrix(from), x, a + 1), y),
  }
}
