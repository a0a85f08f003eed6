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
  const left = new Float64Array(k)
  const right = new Float64Array(k * n)
  for (let s = 0; s < batch; s++) {
    if (s === 0 || b.batch !== 0) copyMatrix(right, B, s * b.batch, [k, n], [b.k, b.n])
    for (let i = 0; i < m; i++) {
      copyMatrix(left, A, s * a.batch + i * a.m, [1, k], [0, a.k])
      multiplyRow(left, right, n, C, (s * m + i) * n)
    }
  }
}

/** Copies the elements of an operand from `start` on into a dense matrix of doubles. */
function copyMatrix(
  to: Float64Array,
  { array, base }: Operand,
  start: number,
  [rows, columns]: readonly [number, number],
  [down, along]: readonly [number, number],
): void {
  for (let i = 0; i < rows; i++) {
    let at = base + start + i * down
    for (let j = 0; j < columns; j++) {
      to[i * columns + j] = array[at]!
      at += along
    }
  }
}

/** C[j] = Σ_k left[k] right[k,j]: four columns at once, since each sum waits for its last addition. */
function multiplyRow(left: Float64Array, right: Float64Array, n: number, C: Operand, start: number): void {
  const { array: out, base } = C
  const k = left.length
  let j = 0
  for (; j + 4 <= n; j += 4) {
    let [c0, c1, c2, c3] = [0, 0, 0, 0]
    for (let l = 0, q = j; l < k; l++, q += n) {
      const x = left[l]!
      c0 += x * right[q]!
      c1 += x * right[q + 1]!
      c2 += x * right[q + 2]!
      c3 += x * right[q + 3]!
    }
    out[base + start + j] = c0
    out[base + start + j + 1] = c1
    out[base + start + j + 2] = c2
    out[base + start + j + 3] = c3
  }
  for (; j < n; j++) {
    let sum = 0
    for (let l = 0, q = j; l < k; l++, q += n) sum += left[l]! * right[q]!
    out[base + start + j] = sum
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
