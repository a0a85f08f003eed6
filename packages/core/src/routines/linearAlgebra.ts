import { bytesOf } from '../tensor/dtype.js'
import { declareRoutine, whole } from './routineDeclaration.js'
import type { RoutineOperand } from './routineDeclaration.js'

/** Lower Cholesky factor of `batch` symmetric positive definite n × n matrices (only the lower triangle is read, the upper of the result is 0; not positive definite: NaN). ins = [A], outs = [L]. */
const cholesky = declareRoutine(
  'cholesky',
  { dtype: 'float', batch: 'count', n: 'count' },
  {
    spans: ({ dtype, batch, n }) => [whole(dtype, batch, n, n), whole(dtype, batch, n, n)],
    count: ({ dtype, batch, n }) => ({ flops: (batch * n ** 3) / 3, bytes: 2 * bytesOf(dtype) * batch * n * n }),
    run: factor,
    example: { dtype: 'f32', batch: 1, n: 2 },
  },
)

/** L[i,j] = (A[i,j] − Σ_{l<j} L[i,l] L[j,l]) / L[j,j], and the square root of that remainder on the diagonal. */
function factor(
  { batch, n }: { readonly batch: number; readonly n: number },
  A: RoutineOperand,
  L: RoutineOperand,
): void {
  for (let s = 0; s < batch; s++) {
    const a = A.base + s * n * n
    const l = L.base + s * n * n
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let rest = A.array[a + i * n + j]!
        for (let k = 0; k < j; k++) rest -= L.array[l + i * n + k]! * L.array[l + j * n + k]!
        // A matrix with a pivot of 0 is not positive definite: the result is NaN, not infinity.
        L.array[l + i * n + j] = i === j ? (rest > 0 ? Math.sqrt(rest) : NaN) : rest / L.array[l + j * n + j]!
      }
      for (let j = i + 1; j < n; j++) L.array[l + i * n + j] = 0
    }
  }
}

/** Solves L X = B, or Lᵀ X = B with `transposed`, by substitution: L lower triangular n × n, B and X n × m, row-major. ins = [L, B], outs = [X]. */
const triangularSolve = declareRoutine(
  'triangularSolve',
  { dtype: 'float', batch: 'count', n: 'count', m: 'count', transposed: 'flag' },
  {
    spans: ({ dtype, batch, n, m }) => [
      whole(dtype, batch, n, n),
      whole(dtype, batch, n, m),
      whole(dtype, batch, n, m),
    ],
    count: ({ dtype, batch, n, m }) => ({
      flops: batch * n * n * m,
      bytes: bytesOf(dtype) * batch * (n * n + 2 * n * m),
    }),
    run: substitute,
    example: { dtype: 'f32', batch: 1, n: 2, m: 2, transposed: false },
  },
)

/** The sizes of a triangular system. */
interface System {
  readonly batch: number
  readonly n: number
  readonly m: number
  readonly transposed: boolean
}

/**
 * Row by row: X[i,:] = (B[i,:] − Σ_k L[i,k] X[k,:]) / L[i,i], over the rows already solved; from the last row up with
 * Lᵀ.
 */
function substitute(
  { batch, n, m, transposed }: System,
  L: RoutineOperand,
  B: RoutineOperand,
  X: RoutineOperand,
): void {
  const rest = new Float64Array(m)
  for (let s = 0; s < batch; s++) {
    const l = L.base + s * n * n
    const b = B.base + s * n * m
    const x = X.base + s * n * m
    for (let r = 0; r < n; r++) {
      const i = transposed ? n - 1 - r : r
      for (let j = 0; j < m; j++) rest[j] = B.array[b + i * m + j]!
      for (let q = 0; q < r; q++) {
        const k = transposed ? n - 1 - q : q
        const weight = transposed ? L.array[l + k * n + i]! : L.array[l + i * n + k]!
        for (let j = 0; j < m; j++) rest[j]! -= weight * X.array[x + k * m + j]!
      }
      const pivot = L.array[l + i * n + i]!
      for (let j = 0; j < m; j++) X.array[x + i * m + j] = rest[j]! / pivot
    }
  }
}

/** Routines of linear algebra by kind. */
export const linearAlgebraRoutines = { cholesky, triangularSolve }
