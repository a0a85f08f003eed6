import { EigenvalueDecomposition, Matrix } from 'ml-matrix'

/**
 * Eigenvalues, largest first, and orthonormal eigenvectors of a symmetric matrix: Householder tridiagonalisation and
 * the QL method (ml-matrix). The sign of each vector is fixed by its entry of largest magnitude, which is positive.
 *
 * @param matrix [n, n], row-major
 * @returns `values` [n]; `vectors` [n, n], eigenvector k in column k
 */
export function symmetricEigen(matrix: Float64Array, n: number): { values: Float64Array; vectors: Float64Array } {
  const rows = Array.from({ length: n }, (_, r) => Array.from(matrix.subarray(r * n, (r + 1) * n)))
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(new Matrix(rows), {
    assumeSymmetric: true,
  })
  const order = realEigenvalues.map((_, i) => i).sort((i, j) => realEigenvalues[j]! - realEigenvalues[i]!)
  const vectors = new Float64Array(n * n)
  order.forEach((from, to) => {
    let largest = 0
    for (let r = 0; r < n; r++) {
      const v = eigenvectorMatrix.get(r, from)
      if (Math.abs(v) > Math.abs(largest)) largest = v
    }
    const sign = largest < 0 ? -1 : 1
    for (let r = 0; r < n; r++) vectors[r * n + to] = sign * eigenvectorMatrix.get(r, from)
  })
  return { values: Float64Array.from(order, (i) => realEigenvalues[i]!), vectors }
}
