import { hostArray, type DotRoutine, type DType, type Routine, type TypedArray } from '@spikeward/core/backend'
import type { Check } from '../check.js'
import { compareArrays } from './compareArrays.js'
import { binaryData, moderateData } from './testData.js'
import { routinePlan, runPlan, sizesIn } from './plans.js'
import { windowChecks } from './windows.js'
import { agree, lacks, type BackendUnderTest } from './backendUnderTest.js'
import { epsilonOf } from './tolerances.js'

/** All routines. */
export function routineChecks(): Check<BackendUnderTest>[] {
  return [...dots(), ...binaryDots(), ...windowChecks(), ...gathers(), ...factorisations()]
}

interface DotCase {
  readonly name: string
  readonly batch: number
  readonly m: number
  readonly n: number
  readonly k: number
  /** Layouts of A and B: row-major, transposed, rows with gaps, backwards, or shared by the batch. */
  readonly a?: Layout
  readonly b?: Layout
}

type Layout = 'rows' | 'columns' | 'gaps' | 'reversed' | 'shared' | 'sharedColumns' | 'interleaved'

/** Strides of a [batch, rows, columns] operand in a layout, its offset, and the number of elements that it spans. */
function layout(
  kind: Layout,
  batch: number,
  rows: number,
  columns: number,
): { batch: number; row: number; column: number; offset: number; size: number } {
  const size = rows * columns
  switch (kind) {
    case 'rows':
      return { batch: size, row: columns, column: 1, offset: 0, size: batch * size }
    case 'columns':
      return { batch: size, row: 1, column: rows, offset: 0, size: batch * size }
    case 'gaps':
      return {
        batch: rows * (columns + 3) + 5,
        row: columns + 3,
        column: 1,
        offset: 2,
        size: 2 + batch * (rows * (columns + 3) + 5),
      }
    case 'reversed':
      return { batch: -size, row: -columns, column: -1, offset: Math.max(batch * size - 1, 0), size: batch * size }
    case 'shared':
      return { batch: 0, row: columns, column: 1, offset: 0, size }
    case 'sharedColumns':
      return { batch: 0, row: 1, column: rows, offset: 0, size }
    case 'interleaved':
      return { batch: 1, row: batch * columns, column: batch, offset: 0, size: batch * size }
  }
}

const dot = (name: string, batch: number, m: number, n: number, k: number): DotCase => ({ name, batch, m, n, k })

const DOTS: readonly DotCase[] = [
  ...sizesIn(
    '1×1×1, 1×1×7, 1×9×1, 5×1×1, 2×3×4, 4×8×16, 5×9×17, 16×1×33, 1×33×16, 7×65×3, 33×31×29, 130×6×128, 3×128×2, 64×64×64, 0×3×2, 3×0×2, 2×3×0',
  ).map(([m, n, k]) => dot(`${m} × ${k} by ${k} × ${n}`, 1, m!, n!, k!)),
  ...(['columns', 'gaps', 'reversed'] as const).flatMap((a) =>
    (['rows', 'columns', 'gaps', 'reversed'] as const).map((b) => ({ ...dot(`A ${a}, B ${b}`, 1, 13, 21, 18), a, b })),
  ),
  ...(['rows', 'columns', 'shared', 'sharedColumns', 'gaps', 'interleaved'] as const).flatMap((a) =>
    (['rows', 'columns', 'shared', 'sharedColumns', 'interleaved'] as const).map((b) => ({
      ...dot(`batch of 3: A ${a}, B ${b}`, 3, 5, 9, 6),
      a,
      b,
    })),
  ),
  { name: 'an empty batch', batch: 0, m: 3, n: 3, k: 3 },
  { name: 'many small products', batch: 70, m: 1, n: 4, k: 3 },
  { name: 'a tall product shared by the batch', batch: 4, m: 257, n: 5, k: 12, a: 'shared' },
]

function dots(): Check<BackendUnderTest>[] {
  return DOTS.flatMap((c) =>
    (['f32', 'f64'] as const).map(
      (dtype): Check<BackendUnderTest> => ({
        group: 'dot',
        name: `${dtype}: ${c.name}`,
        skip: (s) => lacks(s, dtype),
        run: (tested) => dotCheck(tested, c, dtype, false, (size) => moderateData(dtype, size, 31)),
      }),
    ),
  )
}

function binaryDots(): Check<BackendUnderTest>[] {
  const cases: readonly DotCase[] = [
    { name: 'rows', batch: 1, m: 37, n: 40, k: 65 },
    { name: 'columns', batch: 1, m: 37, n: 17, k: 65, a: 'columns' },
    { name: 'shared by the batch', batch: 3, m: 20, n: 33, k: 50, a: 'shared' },
    { name: 'B columns', batch: 2, m: 9, n: 8, k: 31, b: 'columns' },
    { name: 'one row', batch: 1, m: 1, n: 130, k: 130 },
    { name: 'one column', batch: 1, m: 70, n: 1, k: 33 },
  ]
  return (['f32', 'f64'] as const).flatMap((dtype) =>
    cases.flatMap((c) =>
      [0, 0.01, 0.05, 0.2, 0.5, 1].map(
        (density): Check<BackendUnderTest> => ({
          group: 'dot of spikes',
          name: `${dtype}: ${c.name}, density ${density}`,
          skip: (s) => lacks(s, dtype),
          run: (tested) => dotCheck(tested, c, dtype, true, (size) => binaryData(dtype, size, density, 41)),
        }),
      ),
    ),
  )
}

async function dotCheck(
  tested: BackendUnderTest,
  c: DotCase,
  dtype: 'f32' | 'f64',
  binary: boolean,
  dataA: (size: number) => TypedArray,
): Promise<void> {
  const { batch, m, n, k } = c
  const la = layout(c.a ?? 'rows', batch, m, k)
  const lb = layout(c.b ?? 'rows', batch, k, n)
  const a = { batch: la.batch, m: la.row, k: la.column }
  const b = { batch: lb.batch, k: lb.row, n: lb.column }
  const routine: DotRoutine = { kind: 'dot', dtype, batch, m, n, k, a, b, binary }
  const ins = [dataA(la.size), moderateData(dtype, lb.size, 32)]
  const plan = routinePlan(routine, ins, [la.offset, lb.offset, 3])
  const [expected] = await tested.expected(plan, ins)
  const [actual] = await runPlan(tested.backend, plan, ins)
  // For any order of addition, fused or not, |error| ≤ k ε Σ|a||b|, and Σ|a||b| ≤ 4k here.
  compareArrays(
    'product',
    actual!,
    expected!,
    dtype,
    new Float64Array(expected!.length).fill(k * epsilonOf(dtype) * 4 * k),
  )
}

function gathers(): Check<BackendUnderTest>[] {
  const shapes = sizesIn('5×3×9, 1×1×4, 7×64×33, 100×1×40, 4×5×0, 3×0×2')
  const dtypes: readonly DType[] = ['f32', 'f64', 'i32', 'u32', 'bool']
  const indexOf = (index: 'i32' | 'u32', rows: number, count: number): TypedArray => {
    const data = moderateData('i32', count, 51)
    const array = hostArray(index, count)
    // a third in range, the rest negative (huge as u32), past the end, or any 32 bits
    for (let i = 0; i < count; i++)
      array[i] =
        i % 3 === 0 ? Math.abs(data[i]!) % rows : i % 3 === 1 ? [-1, rows, rows + 7, -(2 ** 31)][i % 4]! : data[i]!
    return array
  }
  const checks = (
    kind: 'gather' | 'scatterAdd' | 'scatterMax',
    dtype: DType,
    index: 'i32' | 'u32',
  ): Check<BackendUnderTest> => ({
    group: kind,
    name: `${dtype} by ${index}, indices out of range and repeated`,
    skip: (s) => lacks(s, dtype),
    async run(tested) {
      for (const [rows, width, count] of shapes as [number, number, number][]) {
        const source = kind === 'gather' ? rows : count
        const ins = [moderateData(dtype, source * width, 52), indexOf(index, rows, count)]
        const routine = { kind, dtype, index, rows, width, count } as Routine
        await agree(tested, routinePlan(routine, ins), ins)
      }
    },
  })
  return (['i32', 'u32'] as const).flatMap((index) => [
    ...dtypes.map((dtype) => checks('gather', dtype, index)),
    ...(['f32', 'f64'] as const).flatMap((dtype) => [
      checks('scatterAdd', dtype, index),
      checks('scatterMax', dtype, index),
    ]),
  ])
}

/** A symmetric positive definite matrix with eigenvalues of order 1: I + ½ (R + Rᵀ)/n. */
function positiveDefinite(dtype: 'f32' | 'f64', batch: number, n: number): TypedArray {
  const r = moderateData(dtype, batch * n * n, 61)
  const a = hostArray(dtype, batch * n * n)
  for (let s = 0; s < batch; s++) {
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        a[(s * n + i) * n + j] = (i === j ? 1.5 : 0) + (r[(s * n + i) * n + j]! + r[(s * n + j) * n + i]!) / (8 * n)
  }
  return a
}

function factorisations(): Check<BackendUnderTest>[] {
  const shapes = sizesIn('1×1, 1×2, 3×5, 2×17, 1×40, 0×3, 2×0')
  return (['f32', 'f64'] as const).flatMap((dtype) => [
    {
      group: 'linear algebra',
      name: `cholesky ${dtype}`,
      skip: (s: BackendUnderTest) => lacks(s, dtype),
      async run(tested: BackendUnderTest) {
        for (const [batch, n] of shapes as [number, number][]) {
          const ins = [positiveDefinite(dtype, batch, n)]
          // NaN in the upper triangle shows a routine that reads it.
          for (let s = 0; s < batch; s++)
            for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) ins[0]![(s * n + i) * n + j] = 1e6
          const plan = routinePlan({ kind: 'cholesky', dtype, batch, n }, ins)
          await agree(tested, plan, ins, { ulp: 0, absolute: 8 * (n + 1) * epsilonOf(dtype) })
        }
      },
    },
    {
      group: 'linear algebra',
      name: `cholesky ${dtype} of a matrix that is not positive definite gives NaN on its diagonal`,
      skip: (s: BackendUnderTest) =>
        lacks(s, dtype) ?? (s.floats.nonFinite ? null : `${s.name} does not guarantee NaN`),
      async run(tested: BackendUnderTest) {
        const a = hostArray(dtype, 9)
        a.set([1, 0, 0, 2, 1, 0, 0, 0, 1])
        const [l] = await runPlan(tested.backend, routinePlan({ kind: 'cholesky', dtype, batch: 1, n: 3 }, [a]), [a])
        compareArrays('pivot', l!.slice(4, 5), hostArray(dtype, 1).fill(NaN), dtype, { ulp: 0, absolute: 0 })
      },
    },
    ...[false, true].map((transposed) => ({
      group: 'linear algebra',
      name: `triangularSolve ${dtype}${transposed ? ', transposed' : ''}`,
      skip: (s: BackendUnderTest) => lacks(s, dtype),
      async run(tested: BackendUnderTest) {
        for (const [batch, n] of shapes as [number, number][]) {
          for (const m of [1, 4, 19]) {
            const ins = [positiveDefinite(dtype, batch, n), moderateData(dtype, batch * n * m, 62)]
            const routine: Routine = { kind: 'triangularSolve', dtype, batch, n, m, transposed }
            const absolute = 32 * (n + 1) * epsilonOf(dtype)
            await agree(tested, routinePlan(routine, ins), ins, { ulp: 0, absolute })
          }
        }
      },
    })),
  ])
}
