import type { TypedArray } from '../tensor/dtype.js'
import { unreachable } from '../errors.js'
import type {
  CholeskyRoutine,
  DotRoutine,
  GatherRoutine,
  Routine,
  ScatterAddRoutine,
  TriangularSolveRoutine,
} from '../plan/plan.js'

/** An operand of a routine, whose element i is `array[base + i]`. */
export interface Operand {
  readonly array: TypedArray
  readonly base: number
}

/** Runs a routine by its definition. Sums are accumulated in double precision and rounded once. */
export function runRoutine(routine: Routine, ins: readonly Operand[], outs: readonly Operand[]): void {
  const [x, y] = ins as [Operand, Operand]
  const [out] = outs as [Operand]
  switch (routine.kind) {
    case 'dot':
      return dot(routine, x, y, out)
    case 'gather':
      return gather(routine, x, y, out)
    case 'scatterAdd':
      return scatterAdd(routine, x, y, out)
    case 'cholesky':
      return cholesky(routine, x, out)
    case 'triangularSolve':
      return triangularSolve(routine, x, y, out)
    default:
      return unreachable(routine)
  }
}

/** C[b,i,j] = Σ_k A[b,i,k] B[b,k,j]. */
function dot({ batch, m, n, k, a, b }: DotRoutine, A: Operand, B: Operand, C: Operand): void {
  for (let s = 0; s < batch; s++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0
        let p = A.base + s * a.batch + i * a.m
        let q = B.base + s * b.batch + j * b.n
        for (let l = 0; l < k; l++) {
          sum += A.array[p]! * B.array[q]!
          p += a.k
          q += b.k
        }
        C.array[C.base + (s * m + i) * n + j] = sum
      }
    }
  }
}

const row = (index: Operand, i: number, rows: number): number =>
  Math.min(Math.max(index.array[index.base + i]!, 0), rows - 1)

function gather({ rows, width, count }: GatherRoutine, x: Operand, index: Operand, out: Operand): void {
  for (let i = 0; i < count; i++) {
    const from = x.base + row(index, i, rows) * width
    for (let j = 0; j < width; j++) out.array[out.base + i * width + j] = x.array[from + j]!
  }
}

function scatterAdd({ rows, width, count }: ScatterAddRoutine, update: Operand, index: Operand, out: Operand): void {
  out.array.fill(0, out.base, out.base + rows * width)
  for (let i = 0; i < count; i++) {
    const to = out.base + row(index, i, rows) * width
    for (let j = 0; j < width; j++) out.array[to + j]! += update.array[update.base + i * width + j]!
  }
}

/** L[i,j] = (A[i,j] − Σ_{l<j} L[i,l] L[j,l]) / L[j,j], and the square root of that remainder on the diagonal. */
function cholesky({ batch, n }: CholeskyRoutine, A: Operand, L: Operand): void {
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

/**
 * Row by row: X[i,:] = (B[i,:] − Σ_k L[i,k] X[k,:]) / L[i,i], over the rows already solved; from the last row up with
 * Lᵀ.
 */
function triangularSolve(
  { batch, n, m, transposed }: TriangularSolveRoutine,
  L: Operand,
  B: Operand,
  X: Operand,
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
