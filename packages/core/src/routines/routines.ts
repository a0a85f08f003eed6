import { bytesOf, type DType } from '../tensor/dtype.js'
import { type DotRoutine, dotRoutine } from './dot.js'
import { declareRoutine, whole } from './routineDeclaration.js'
import type { Count, Fields, OperandSpan, RoutineIn, RoutineOperand } from './routineDeclaration.js'

/** The fields of a small routine with indices. */
const small = { dtype: 'f32', index: 'i32', rows: 2, width: 2, count: 2 } as const

/**
 * out[i, :] = x[clamp(index[i], 0, rows − 1), :]; ins = [x (rows × width), index (count, i32 or u32)], outs = [out
 * (count × width)].
 */
const gather = declareRoutine(
  'gather',
  { dtype: 'any', index: 'index', rows: 'count', width: 'count', count: 'count' },
  {
    spans: ({ dtype, index, rows, width, count }) => [
      whole(dtype, rows, width),
      whole(index, count),
      whole(dtype, count, width),
    ],
    count: ({ dtype, width, count }) => ({ flops: 0, bytes: 2 * bytesOf(dtype) * count * width + 4 * count }),
    run({ rows, width, count }, x, index, out) {
      for (let i = 0; i < count; i++) {
        const from = x.base + rowOf(index, i, rows) * width
        for (let j = 0; j < width; j++) out.array[out.base + i * width + j] = x.array[from + j]!
      }
    },
    example: small,
  },
)

/** The sizes of a scatter: ins = [update (count × width), index], outs = [out (rows × width)]. */
interface Scatter {
  readonly dtype: DType
  readonly index: DType
  readonly rows: number
  readonly width: number
  readonly count: number
}

const scatter = {
  spans: ({ dtype, index, rows, width, count }: Scatter) => [
    whole(dtype, count, width),
    whole(index, count),
    whole(dtype, rows, width),
  ],
  count: ({ dtype, rows, width, count }: Scatter) => ({
    flops: count * width,
    bytes: bytesOf(dtype) * (2 * count * width + rows * width) + 4 * count,
  }),
  example: small,
}

const scatterFields = { dtype: 'float', index: 'index', rows: 'count', width: 'count', count: 'count' } as const

/** out = 0; then in order of i: out[clamp(index[i], 0, rows − 1), :] += update[i, :]. */
const scatterAdd = declareRoutine('scatterAdd', scatterFields, {
  ...scatter,
  run({ rows, width, count }, update, index, out) {
    out.array.fill(0, out.base, out.base + rows * width)
    for (let i = 0; i < count; i++) {
      const to = out.base + rowOf(index, i, rows) * width
      for (let j = 0; j < width; j++) out.array[to + j]! += update.array[update.base + i * width + j]!
    }
  },
})

/**
 * out[s, :] = the largest update[i, :] over i with clamp(index[i], 0, rows − 1) = s, and 0 if there is none above −∞.
 */
const scatterMax = declareRoutine('scatterMax', scatterFields, {
  ...scatter,
  run({ rows, width, count }, update, index, out) {
    out.array.fill(-Infinity, out.base, out.base + rows * width)
    for (let i = 0; i < count; i++) {
      const to = out.base + rowOf(index, i, rows) * width
      for (let j = 0; j < width; j++)
        out.array[to + j] = Math.max(out.array[to + j]!, update.array[update.base + i * width + j]!)
    }
    for (let j = 0; j < rows * width; j++) if (out.array[out.base + j] === -Infinity) out.array[out.base + j] = 0
  },
})

const rowOf = (index: RoutineOperand, i: number, rows: number): number =>
  Math.min(Math.max(index.array[index.base + i]!, 0), rows - 1)

/**
 * Lower Cholesky factor of `batch` symmetric positive definite n × n matrices (only the lower triangle is read, the
 * upper of the result is 0; not positive definite: NaN). ins = [A], outs = [L].
 */
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

/**
 * Solves L X = B, or Lᵀ X = B with `transposed`, by substitution: L lower triangular n × n, B and X n × m, row-major.
 * ins = [L, B], outs = [X].
 */
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

/** The routines that are no products. A new one is declared above, and added here. */
const others = { gather, scatterAdd, scatterMax, cholesky, triangularSolve }

/** Work of a Plan that is not a kernel. */
export type Routine = DotRoutine | RoutineIn<typeof others>

/** The routine of a kind. */
export type RoutineOfKind<K extends Routine['kind']> = Extract<Routine, { readonly kind: K }>

/** The declaration of a routine, whichever it is. */
export interface AnyRoutine {
  readonly kind: Routine['kind']
  readonly fields: Fields
  readonly example: Routine
  spans(r: Routine): readonly OperandSpan[]
  count(r: Routine): Count
  run(r: Routine, ...operands: readonly RoutineOperand[]): void
}

/**
 * The declarations of all routines by kind: `routines[r.kind]` is that of `r`, which the type of a record cannot say.
 */
export const routines = { dot: dotRoutine, ...others } as unknown as Readonly<Record<Routine['kind'], AnyRoutine>>
