import { SpikewardError } from '@spikeward/core'

/** A basis for fields, found from fields: on the host, in double precision. */
export type PodBasis = {
  /** Mean field, [P]. */
  readonly mean: Float64Array
  /** Modes [P, k], row-major, largest first; each of mean square 1 and orthogonal to the others. */
  readonly modes: Float64Array
  readonly count: number
  /** Part of the variance that the modes hold, 0 to 1. */
  readonly captured: number
}

const SWEEPS = 24
const SPARE = 6

/** Orthonormalises columns q[j] one by one; a column that the others span becomes zero. */
function orthonormalise(q: Float64Array[]): void {
  for (let j = 0; j < q.length; j++) {
    const v = q[j]!
    const before = Math.sqrt(dot(v, v))
    // Twice is enough for orthogonality to rounding.
    for (let pass = 0; pass < 2; pass++) for (let i = 0; i < j; i++) axpy(-dot(q[i]!, v), q[i]!, v)
    const norm = Math.sqrt(dot(v, v))
    const factor = norm > 1e-12 * before && norm > 0 ? 1 / norm : 0
    for (let i = 0; i < v.length; i++) v[i]! *= factor
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let s = 0
  for (let i = 0; i < a.length; i++) s += a[i]! * b[i]!
  return s
}

function axpy(factor: number, x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i]! += factor * x[i]!
}

/**
 * Proper orthogonal decomposition: the k fields that span a set of fields best in the mean square, by subspace iteration on
 * AᵀA, A the fields less their mean.
 *
 * @param values fields [count, P], row-major: one row for each function, such as the training data's
 * @param modes k, at most `count` and P
 * @throws INVALID_OPTION
 * @example const basis = podBasis(data.values, data.count, 16)
 */
export function podBasis(values: Float64Array, count: number, modes: number): PodBasis {
  const points = values.length / count
  if (!Number.isInteger(points) || !Number.isInteger(modes) || modes < 1 || modes > Math.min(points, count)) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `podBasis: ${modes} modes of ${count} fields from ${values.length} numbers; give whole fields and from 1 to ${Math.floor(Math.min(points, count))} modes`,
    )
  }
  const mean = new Float64Array(points)
  values.forEach((v, i) => (mean[i % points]! += v / count))
  const rows = Array.from({ length: count }, (_, r) =>
    values.slice(r * points, (r + 1) * points).map((v, i) => v - mean[i]!),
  )
  const variance = rows.reduce((s, row) => s + dot(row, row), 0)
  const covariance = (v: Float64Array): Float64Array => {
    const out = new Float64Array(points)
    for (const row of rows) axpy(dot(row, v), row, out)
    return out
  }

  const size = Math.min(modes + SPARE, points, count)
  // Anything that is not orthogonal to the modes will do for a start, as long as it is always the same.
  let q: Float64Array[] = Array.from({ length: size }, (_, j) =>
    Float64Array.from({ length: points }, (_, i) => Math.sin(1 + 12.9898 * i + 78.233 * j * (i + 1))),
  )
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    orthonormalise(q)
    q = q.map(covariance)
  }
  orthonormalise(q)
  // Within the subspace: eigenvectors of the small matrix QᵀAᵀAQ.
  const images = q.map(covariance)
  const { vectors, eigenvalues } = jacobi(q.map((a) => images.map((b) => dot(a, b))))
  const order = eigenvalues.map((_, i) => i).sort((a, b) => eigenvalues[b]! - eigenvalues[a]!)
  const best = order.slice(0, modes)
  const out = new Float64Array(points * modes)
  best.forEach((e, k) => {
    for (let i = 0; i < points; i++) {
      let s = 0
      for (let j = 0; j < size; j++) s += q[j]![i]! * vectors[j]![e]!
      out[i * modes + k] = s * Math.sqrt(points)
    }
  })
  const held = best.reduce((s, e) => s + eigenvalues[e]!, 0)
  return { mean, modes: out, count: modes, captured: variance === 0 ? 1 : held / variance }
}

/** Eigenvectors (columns) and eigenvalues of a small symmetric matrix, by Jacobi's rotations. */
function jacobi(a: number[][]): { vectors: number[][]; eigenvalues: number[] } {
  const n = a.length
  const v = a.map((_, i) => a.map((__, j): number => (i === j ? 1 : 0)))
  for (let sweep = 0; sweep < 30; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (Math.abs(a[p]![q]!) <= 1e-16 * Math.sqrt(Math.abs(a[p]![p]! * a[q]![q]!))) continue
        const theta = (a[q]![q]! - a[p]![p]!) / (2 * a[p]![q]!)
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
        const c = 1 / Math.sqrt(t * t + 1)
        const s = t * c
        for (let k = 0; k < n; k++)
          [a[k]![p], a[k]![q]] = [c * a[k]![p]! - s * a[k]![q]!, s * a[k]![p]! + c * a[k]![q]!]
        for (let k = 0; k < n; k++)
          [a[p]![k], a[q]![k]] = [c * a[p]![k]! - s * a[q]![k]!, s * a[p]![k]! + c * a[q]![k]!]
        for (let k = 0; k < n; k++)
          [v[k]![p], v[k]![q]] = [c * v[k]![p]! - s * v[k]![q]!, s * v[k]![p]! + c * v[k]![q]!]
      }
    }
  }
  return { vectors: v, eigenvalues: a.map((row, i) => row[i]!) }
}
