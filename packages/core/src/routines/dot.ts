import { type FloatDType, bytesOf } from '../tensor/dtype.js'
import { whole } from './routineDeclaration.js'
import type { OperandAxis, RoutineDeclaration, RoutineOperand, Windows } from './routineDeclaration.js'

/**
 * C[b,i,j] = Σ_k A[b,i,k] B[b,k,j] for b < batch, i < m, j < n, k < k. Strides in elements, 0 where an operand is
 * shared by the whole batch. C is contiguous: [batch, m, n]. ins = [A, B], outs = [C].
 * `binary` is true if every element of A is 0 or 1: the product can then add up rows of B, event-driven.
 * With `windows`, batch is 1 and A[i,k] is at the sum of its offsets along the axes of `windows.m` and `windows.k`,
 * whose lengths multiply to m and k; `a` is all 0. Only backends with the capability get such products.
 */
export interface DotRoutine {
  readonly kind: 'dot'
  readonly dtype: FloatDType
  readonly batch: number
  readonly m: number
  readonly n: number
  readonly k: number
  readonly a: { readonly batch: number; readonly m: number; readonly k: number }
  readonly b: { readonly batch: number; readonly k: number; readonly n: number }
  readonly binary: boolean
  readonly windows?: Windows
}

/** The declaration of {@link DotRoutine}. */
export const dotRoutine: RoutineDeclaration<DotRoutine> = {
  kind: 'dot',
  fields: {
    dtype: 'float',
    batch: 'count',
    m: 'count',
    n: 'count',
    k: 'count',
    a: { strides: ['batch', 'm', 'k'] },
    b: { strides: ['batch', 'k', 'n'] },
    binary: 'flag',
    windows: 'windows',
  },
  spans: ({ dtype, batch, m, n, k, a, b, windows }) => [
    windows === undefined
      ? { dtype, lengths: [batch, m, k], strides: [a.batch, a.m, a.k] }
      : { dtype, lengths: axesOf(windows).map(([n]) => n), strides: axesOf(windows).map(([, by]) => by) },
    { dtype, lengths: [batch, k, n], strides: [b.batch, b.k, b.n] },
    whole(dtype, batch, m, n),
  ],
  count({ dtype, batch, m, n, k, a, b }) {
    const left = (a.batch === 0 ? 1 : batch) * m * k
    const right = (b.batch === 0 ? 1 : batch) * k * n
    return { flops: 2 * batch * m * n * k, bytes: bytesOf(dtype) * (left + right + batch * m * n) }
  },
  run: multiply,
  example: {
    ...{ kind: 'dot', dtype: 'f32', batch: 1, m: 2, n: 2, k: 2, binary: false },
    a: { batch: 0, m: 2, k: 1 },
    b: { batch: 0, k: 2, n: 1 },
  },
}

const axesOf = ({ m, k }: Windows): readonly OperandAxis[] => [...m, ...k]

/** The offset of each element along several axes, the last one fastest. */
const offsetsOf = (axes: readonly OperandAxis[]): number[] =>
  axes.reduce<number[]>((all, [n, by]) => all.flatMap((at) => Array.from({ length: n }, (_, i) => at + i * by)), [0])

/** C[b,i,j] = Σ_k A[b,i,k] B[b,k,j]. */
function multiply(
  { batch, m, n, k, a, b, windows }: DotRoutine,
  A: RoutineOperand,
  B: RoutineOperand,
  C: RoutineOperand,
): void {
  const left = new Float64Array(k)
  const [rows, columns] = windows === undefined ? [[], []] : [offsetsOf(windows.m), offsetsOf(windows.k)]
  const right = new Float64Array(k * n)
  for (let s = 0; s < batch; s++) {
    if (s === 0 || b.batch !== 0) copyMatrix(right, B, s * b.batch, [k, n], [b.k, b.n])
    for (let i = 0; i < m; i++) {
      if (windows === undefined) copyMatrix(left, A, s * a.batch + i * a.m, [1, k], [0, a.k])
      else for (let l = 0; l < k; l++) left[l] = A.array[A.base + rows[i]! + columns[l]!]!
      multiplyRow(left, right, n, C, (s * m + i) * n)
    }
  }
}

/** Copies the elements of an operand from `start` on into a dense matrix of doubles. */
function copyMatrix(
  to: Float64Array,
  { array, base }: RoutineOperand,
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
function multiplyRow(left: Float64Array, right: Float64Array, n: number, C: RoutineOperand, start: number): void {
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
