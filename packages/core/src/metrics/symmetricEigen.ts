/**
 * Eigenvalues, largest first, and orthonormal eigenvectors of a symmetric matrix on the host: Householder reflections
 * to tridiagonal form, then QL steps with implicit shifts. The entry of largest magnitude of each vector is positive,
 * so that its sign is fixed.
 *
 * @param matrix [n, n], row-major
 * @returns `values` [n]; `vectors` [n, n], eigenvector k in row k
 * @see Golub & Van Loan, Matrix Computations, 4th edition, sections 8.3.1 and 8.3.3
 */
export function symmetricEigen(matrix: Float64Array, n: number): { values: Float64Array; vectors: Float64Array } {
  const a = matrix.slice()
  // A = Qᵀ T Q throughout: T becomes tridiagonal, then diagonal, and the rows of Q the eigenvectors.
  const q = Array.from({ length: n }, (_, i) => Float64Array.from({ length: n }, (_u, j) => Number(i === j)))
  for (let k = 0; k < n - 2; k++) reflect(a, q, k)
  const diagonal = Float64Array.from({ length: n }, (_, i) => a[i * n + i]!)
  const beside = Float64Array.from({ length: n }, (_, i) => (i < n - 1 ? a[(i + 1) * n + i]! : 0))
  const negligible =
    Number.EPSILON * diagonal.reduce((most, d, i) => Math.max(most, Math.abs(d) + Math.abs(beside[i]!)), 0)
  for (let low = 0; low < n; low++) {
    for (let steps = 0; steps < 50; steps++) {
      let high = low
      while (high < n - 1 && Math.abs(beside[high]!) > negligible) high++
      if (high === low) break
      stepQl(diagonal, beside, q, low, high)
    }
  }
  const order = Array.from(diagonal.keys()).sort((i, j) => diagonal[j]! - diagonal[i]!)
  const vectors = new Float64Array(n * n)
  order.forEach((from, to) => {
    const sign = q[from]!.reduce((most, v) => (Math.abs(v) > Math.abs(most) ? v : most), 0) < 0 ? -1 : 1
    q[from]!.forEach((v, i) => (vectors[to * n + i] = sign * v))
  })
  return { values: Float64Array.from(order, (i) => diagonal[i]!), vectors }
}

/** A ← H A H and Q ← H Q, where H = 1 − v vᵀ makes column k of A zero below its first subdiagonal entry. */
function reflect(a: Float64Array, q: readonly Float64Array[], k: number): void {
  const n = q.length
  const v = Float64Array.from({ length: n }, (_, i) => (i > k ? a[i * n + k]! : 0))
  const norm = Math.hypot(...v)
  if (norm === 0) return
  const first = v[k + 1]! < 0 ? -norm : norm
  v[k + 1]! += first
  const scale = 1 / Math.sqrt(first * v[k + 1]!)
  for (let i = k + 1; i < n; i++) v[i]! *= scale
  const w = new Float64Array(n)
  const turned = new Float64Array(n)
  for (let i = k; i < n; i++) {
    for (let j = k + 1; j < n; j++) w[i]! += a[i * n + j]! * v[j]!
    const [factor, row] = [v[i]!, q[i]!]
    for (let j = 0; j < n; j++) turned[j]! += factor * row[j]!
  }
  let half = 0
  for (let i = k + 1; i < n; i++) half += (v[i]! * w[i]!) / 2
  for (let i = k + 1; i < n; i++) w[i]! -= half * v[i]!
  for (let i = k; i < n; i++) {
    const [vi, wi, row] = [v[i]!, w[i]!, q[i]!]
    for (let j = k; j < n; j++) a[i * n + j]! -= vi * w[j]! + wi * v[j]!
    for (let j = 0; j < n; j++) row[j]! -= vi * turned[j]!
  }
}

/** One QL step with Wilkinson's shift on rows `low` to `high` of a tridiagonal matrix, from below. */
function stepQl(d: Float64Array, e: Float64Array, q: readonly Float64Array[], low: number, high: number): void {
  const ratio = (d[low + 1]! - d[low]!) / (2 * e[low]!)
  let g = d[high]! - d[low]! + e[low]! / (ratio + (ratio < 0 ? -1 : 1) * Math.hypot(ratio, 1))
  let [s, c, p] = [1, 1, 0]
  for (let i = high - 1; i >= low; i--) {
    const [f, b] = [s * e[i]!, c * e[i]!]
    const r = Math.hypot(f, g)
    e[i + 1] = r
    if (r === 0) {
      d[i + 1]! -= p
      e[high] = 0
      return
    }
    ;[s, c] = [f / r, g / r]
    g = d[i + 1]! - p
    const change = (d[i]! - g) * s + 2 * c * b
    p = s * change
    d[i + 1] = g + p
    g = c * change - b
    const [upper, lower] = [q[i]!, q[i + 1]!]
    for (let j = 0; j < upper.length; j++) {
      const [x, y] = [upper[j]!, lower[j]!]
      lower[j] = s * x + c * y
      upper[j] = c * x - s * y
    }
  }
  d[low]! -= p
  e[low] = g
  e[high] = 0
}
