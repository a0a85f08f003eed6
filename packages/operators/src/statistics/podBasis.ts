import { SpikewardError, symmetricEigen } from '@spikeward/core'

/** A basis of fields on the host, in double precision. */
export type PodBasis = {
  /** Mean field, [P]. */
  readonly mean: Float64Array
  /** Modes [P, k], row-major, largest first; each of mean square 1 and orthogonal to the others. */
  readonly modes: Float64Array
  readonly count: number
  /** Share of the variance that the modes capture, 0 to 1. */
  readonly captured: number
}

const SWEEPS = 24
const SPARE = 6

/** Orthonormalises the columns q[j] in turn. A column that depends on the previous ones becomes zero. */
function orthonormalise(q: Float64Array[]): void {
  for (let j = 0; j < q.length; j++) {
    const v = q[j]!
    const before = Math.sqrt(dot(v, v))
    // Two passes give orthogonality up to rounding.
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

/** Adds (r·v) r to `out` for four rows r and two vectors v: eight sums at once, each in the order that it has alone. */
function addFour(rows: readonly Float64Array[], at: number, [v, w]: Pair, [out, second]: Pair): void {
  const [r, s, t, u] = [rows[at]!, rows[at + 1]!, rows[at + 2]!, rows[at + 3]!]
  let [vr, vs, vt, vu, wr, ws, wt, wu] = [0, 0, 0, 0, 0, 0, 0, 0]
  for (let i = 0; i < v.length; i++) {
    const a = v[i]!
    const b = w[i]!
    vr += r[i]! * a
    vs += s[i]! * a
    vt += t[i]! * a
    vu += u[i]! * a
    wr += r[i]! * b
    ws += s[i]! * b
    wt += t[i]! * b
    wu += u[i]! * b
  }
  for (let i = 0; i < v.length; i++) {
    out[i] = out[i]! + vr * r[i]! + vs * s[i]! + vt * t[i]! + vu * u[i]!
    second[i] = second[i]! + wr * r[i]! + ws * s[i]! + wt * t[i]! + wu * u[i]!
  }
}

type Pair = readonly [Float64Array, Float64Array]

/**
 * AᵀA v for each vector v, where A has the given rows. The bits are those of one row and one vector after the other.
 */
function covariances(rows: readonly Float64Array[], vectors: readonly Float64Array[]): Float64Array[] {
  const outs = vectors.map((v) => new Float64Array(v.length))
  const fours = rows.length - (rows.length % 4)
  for (let j = 0; j < vectors.length; j += 2) {
    // The last of an odd number of vectors is its own pair, and the second sum of it is thrown away.
    const pair: Pair = [vectors[j]!, vectors[j + 1] ?? vectors[j]!]
    const sums: Pair = [outs[j]!, outs[j + 1] ?? new Float64Array(outs[j]!.length)]
    for (let at = 0; at < fours; at += 4) addFour(rows, at, pair, sums)
    for (const row of rows.slice(fours)) sums.forEach((sum, k) => axpy(dot(row, pair[k]!), row, sum))
  }
  return outs
}

/**
 * Proper orthogonal decomposition: the k fields whose span approximates a set of fields best in the mean square. The
 * method is subspace iteration on AᵀA, where the rows of A are the fields minus their mean.
 *
 * @param values fields [count, P], row-major: one row for each function, such as those of the training data
 * @param modes k, at most `count` and P
 * @throws INVALID_OPTION
 * @example const basis = podBasis(data.values, data.count, 16)
 */
export function podBasis(values: Float64Array, count: number, modes: number): PodBasis {
  const points = values.length / count
  if (!Number.isInteger(points) || !Number.isInteger(modes) || modes < 1 || modes > Math.min(points, count)) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `podBasis: ${modes} modes of ${count} fields from ${values.length} numbers; the values must be whole fields, and a basis has at most as many modes as fields and points; give from 1 to ${Math.floor(Math.min(points, count))} modes`,
    )
  }
  const mean = new Float64Array(points)
  values.forEach((v, i) => (mean[i % points]! += v / count))
  const rows = Array.from({ length: count }, (_, r) =>
    values.slice(r * points, (r + 1) * points).map((v, i) => v - mean[i]!),
  )
  const variance = rows.reduce((s, row) => s + dot(row, row), 0)

  const size = Math.min(modes + SPARE, points, count)
  // The start must be deterministic and not orthogonal to the modes.
  let q: Float64Array[] = Array.from({ length: size }, (_, j) =>
    Float64Array.from({ length: points }, (_, i) => Math.sin(1 + 12.9898 * i + 78.233 * j * (i + 1))),
  )
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    orthonormalise(q)
    q = covariances(rows, q)
  }
  orthonormalise(q)
  // Within the subspace: eigenvectors of the small matrix QᵀAᵀAQ.
  const images = covariances(rows, q)
  const small = Float64Array.from({ length: size * size }, (_, at) =>
    dot(q[Math.floor(at / size)]!, images[at % size]!),
  )
  const { values: variances, vectors } = symmetricEigen(small, size)
  const out = new Float64Array(points * modes)
  for (let k = 0; k < modes; k++) {
    for (let i = 0; i < points; i++) {
      let s = 0
      for (let j = 0; j < size; j++) s += q[j]![i]! * vectors[k * size + j]!
      out[i * modes + k] = s * Math.sqrt(points)
    }
  }
  const sum = variances.slice(0, modes).reduce((s, v) => s + v, 0)
  return { mean, modes: out, count: modes, captured: variance === 0 ? 1 : sum / variance }
}
