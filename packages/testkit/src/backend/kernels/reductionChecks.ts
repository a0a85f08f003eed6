import { isFloat, type DType, type Kernel, type Store } from '@spikeward/core/backend'
import type { Check } from '../../check.js'
import { compareArrays } from '../compareArrays.js'
import { access, contiguous, kernel, kernelPlan, runPlan, store } from '../plans.js'
import { agree, type BackendUnderTest, exactly, lacks, load } from '../backendUnderTest.js'
import { moderateData } from '../testData.js'
import { epsilonOf } from '../tolerances.js'

/** Subsets of the axes of a space of three. */
const AXES = [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]]

/** Sums, maxima and minima over any axes. */
export function reductionChecks(): Check<BackendUnderTest>[] {
  const spaces = [
    [3, 4, 5],
    [17, 2, 33],
    [1, 130, 3],
    [2, 0, 3],
  ]
  const dtypes: readonly DType[] = ['f32', 'f64', 'i32', 'u32']
  return dtypes
    .flatMap((dtype) =>
      AXES.map(
        (reduce): Check<BackendUnderTest> => ({
          group: 'reductions',
          name: `sum, max and min of ${dtype} over axes ${reduce.join(', ')}`,
          skip: (s) => lacks(s, dtype),
          async run(tested) {
            for (const space of spaces) await reduceCheck(tested, space, reduce, dtype)
          },
        }),
      ),
    )
    .concat([
      {
        group: 'reductions',
        name: 'a long sum next to values stored point by point',
        run: (tested) => reduceCheck(tested, [100003], [0], 'f32'),
      },
      {
        group: 'reductions',
        name: 'max and min propagate NaN',
        skip: (s) => (s.floats.nonFinite ? null : `${s.name} does not guarantee NaN`),
        async run(tested) {
          const k = reducing([3, 40], [1], 'f32')
          const data = moderateData('f32', 120, 3)
          data[77] = NaN
          await agree(tested, kernelPlan({ ...k, stores: k.stores.filter((s) => s.reduce !== 'sum') }), [data])
        },
      },
      {
        group: 'reductions',
        name: 'a fold of an operand that is constant along outer axes, and the same value stored at every point',
        async run(tested) {
          for (const [a, b, c] of [
            [2, 4, 33],
            [3, 130, 7],
            [5, 3, 100],
          ] as const)
            for (const reduce of ['sum', 'max', 'min'] as const) {
              const one = [0, 0, 0]
              // The order of the axes in memory keeps a backend from joining the outer two.
              const point = [1, a, a * b]
              await exactly(
                tested,
                kernel({
                  space: [a, b, c],
                  reduce: [0, 1, 2],
                  loads: [access('i32', [0, 0, 1])],
                  nodes: [load(0, 'i32'), { op: 'index', dtype: 'i32', axis: 2 }],
                  stores: [
                    ...[0, 1].map((node) => store('i32', one, node, { reduce })),
                    ...[0, 1].map((node) => store('i32', point, node)),
                  ],
                }),
              )
            }
        },
      },
      {
        group: 'reductions',
        name: 'any and all of bool',
        run: (tested) =>
          exactly(
            tested,
            kernel({
              space: [40, 7],
              reduce: [1],
              loads: [access('bool', [7, 1])],
              nodes: [load(0, 'bool')],
              stores: [store('bool', [1, 0], 0, { reduce: 'max' }), store('bool', [1, 0], 0, { reduce: 'min' })],
            }),
          ),
      },
    ])
}

/** Reduces x (max, min) and −x (sum), and stores x·x at every point. */
function reducing(space: readonly number[], reduce: readonly number[], dtype: DType): Kernel {
  const remaining = space.map((n, a) => (reduce.includes(a) ? 1 : n))
  const out = contiguous(remaining).map((s, a) => (reduce.includes(a) ? 0 : s))
  const fold = (op: Store['reduce'], node: number): Store => store(dtype, out, node, { reduce: op })
  return kernel({
    space,
    reduce,
    loads: [access(dtype, contiguous(space))],
    nodes: [load(0, dtype), { op: 'neg', dtype, args: [0] }, { op: 'mul', dtype, args: [0, 0] }],
    stores: [fold('sum', 1), fold('max', 0), fold('min', 0), store(dtype, contiguous(space), 2)],
  })
}

async function reduceCheck(
  tested: BackendUnderTest,
  space: readonly number[],
  reduce: readonly number[],
  dtype: DType,
): Promise<void> {
  const k = reducing(space, reduce, dtype)
  const size = space.reduce((a, b) => a * b, 1)
  const data = moderateData(dtype, size, 5)
  const plan = kernelPlan(k)
  const expected = await tested.expected(plan, [data])
  const actual = await runPlan(tested.backend, plan, [data])
  const terms = reduce.reduce((n, a) => n * space[a]!, 1)
  // |float sum − exact sum| ≤ n ε Σ|x| in any order of addition; |x| ≤ 2.
  const bound = new Float64Array(expected[0]!.length).fill(isFloat(dtype) ? terms * epsilonOf(dtype) * terms * 2 : 0)
  for (const [j, s] of k.stores.entries()) {
    compareArrays(
      `${s.reduce ?? 'point'} over [${space.join(', ')}]`,
      actual[j]!,
      expected[j]!,
      dtype,
      j === 0 ? bound : { ulp: 0, absolute: 0 },
    )
  }
}
