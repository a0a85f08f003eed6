/** Linear systems on the host, in double precision. */

/** Cholesky factorisation A = LLᵀ in place of the lower triangle; false if A is not positive definite. */
export function factorCholesky(a: Float64Array, n: number): boolean {
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let s = a[i * n + j]!
      for (let k = 0; k < j; k++) s -= a[i * n + k]! * a[j * n + k]!
      if (i > j) a[i * n + j] = s / a[j * n + j]!
      else if (s > 0) a[j * n + j] = Math.sqrt(s)
      else return false
    }
  }
  return true
}

/** Solves LLᵀX = B in place; B is [n, m]. */
export function solveCholesky(l: Float64Array, n: number, b: Float64Array, m: number): void {
  for (let c = 0; c < m; c++) {
    for (let i = 0; i < n; i++) {
      let s = b[i * m + c]!
      for (let k = 0; k < i; k++) s -= l[i * n + k]! * b[k * m + c]!
      b[i * m + c] = s / l[i * n + i]!
    }
    for (let i = n - 1; i >= 0; i--) {
      let s = b[i * m + c]!
      for (let k = i + 1; k < n; k++) s -= l[k * n + i]! * b[k * m + c]!
      b[i * m + c] = s / l[i * n + i]!
    }
  }
}
