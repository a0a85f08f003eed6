import { isFloat, type DType, type Kernel, type KernelNode, type Store } from '@spikeward/core/backend'
import type { Check } from '../check.js'
import { moderateData } from './testData.js'
import { access, contiguous, extent, kernel, kernelPlan, runPlan, store } from './plans.js'
import { agree, lacks, type BackendSubject } from './subject.js'
import { compareArrays } from './compareArrays.js'
import { epsilonOf } from './tolerances.js'

const GROUP = 'kernels'
const load = (operand: number, dtype: DType = 'f32'): KernelNode => ({ op: 'load', dtype, operand })

/** Runs a kernel on moderate data and requires an exact result. */
async function exact(subject: BackendSubject, k: Kernel): Promise<void> {
  await agree(
    subject,
    kernelPlan(k),
    k.loads.map((a, i) => moderateData(a.dtype, extent(a, k.space), 11 + i)),
  )
}

/** Spaces, strides and reductions. */
export function kernelChecks(): Check<BackendSubject>[] {
  return [...sizes(), ...strides(), ...reductions(), ...several()]
}

function sizes(): Check<BackendSubject>[] {
  const spaces = [
    [],
    [0],
    [1],
    [2],
    [3],
    [4],
    [5],
    [7],
    [8],
    [15],
    [16],
    [17],
    [31],
    [33],
    [63],
    [64],
    [65],
    [255],
    [257],
    [1000],
    [4099],
    [100003],
    [0, 5],
    [5, 0],
    [3, 1, 7],
    [13, 17],
    [1, 64],
    [64, 1],
    [257, 3],
    [3, 257],
  ]
  return spaces.map((space) => ({
    group: GROUP,
    name: `every point of [${space.join(', ')}] once`,
    async run(subject: BackendSubject) {
      const s = contiguous(space)
      const nodes: KernelNode[] = [
        load(0),
        load(1),
        { op: 'sub', dtype: 'f32', args: [0, 1] },
        load(2, 'u32'),
        { op: 'const', dtype: 'u32', value: 0x9e3779b9 },
        { op: 'mul', dtype: 'u32', args: [3, 4] },
        { op: 'le', dtype: 'bool', args: [0, 1] },
        { op: 'select', dtype: 'f32', args: [6, 0, 2] },
      ]
      await exact(
        subject,
        kernel({
          space,
          nodes,
          loads: [access('f32', s), access('f32', s), access('u32', s)],
          stores: [store('f32', s, 2), store('u32', s, 5), store('f32', s, 7), store('bool', s, 6)],
        }),
      )
    },
  }))
}

function strides(): Check<BackendSubject>[] {
  const shape = [5, 6, 7]
  const patterns: readonly (readonly [string, readonly number[], number])[] = [
    ['a scalar', [0, 0, 0], 3],
    ['a row', [0, 0, 1], 0],
    ['a column', [1, 0, 0], 0],
    ['a plane', [7, 0, 1], 2],
    ['transposed', [1, 5, 30], 0],
    ['flipped', [-42, -7, -1], 209],
    ['one axis flipped', [42, -7, 1], 35],
    ['every third element', [210, 21, 3], 1],
    ['rows with gaps', [60, 9, 1], 4],
    ['overlapping windows', [1, 1, 1], 0],
    ['flipped and broadcast', [0, 0, -2], 12],
  ]
  const loads = patterns.flatMap(([name, strides_, offset]) =>
    (['f32', 'i32', 'bool'] as const).map(
      (dtype): Check<BackendSubject> => ({
        group: GROUP,
        name: `loads ${dtype} ${name}`,
        run: (subject) =>
          exact(
            subject,
            kernel({
              space: shape,
              loads: [access(dtype, strides_, offset), access(dtype, contiguous(shape))],
              nodes: [
                load(0, dtype),
                load(1, dtype),
                dtype === 'bool' ? { op: 'xor', dtype, args: [0, 1] } : { op: 'add', dtype, args: [0, 1] },
              ],
              stores: [store(dtype, contiguous(shape), 2)],
            }),
          ),
      }),
    ),
  )
  const writes: readonly (readonly [string, readonly number[], number])[] = [
    ['transposed', [1, 5, 30], 0],
    ['flipped', [-42, -7, -1], 209],
    ['every third element', [126, 21, 3], 1],
    ['rows with gaps', [60, 9, 1], 4],
  ]
  const stores = writes.map(
    ([name, strides_, offset]): Check<BackendSubject> => ({
      group: GROUP,
      name: `stores ${name}, and writes no element between them`,
      run: (subject) =>
        exact(
          subject,
          kernel({
            space: shape,
            loads: [access('f32', contiguous(shape))],
            nodes: [load(0), { op: 'neg', dtype: 'f32', args: [0] }],
            stores: [store('f32', strides_, 1, { offset }), store('f32', contiguous(shape), 0)],
          }),
        ),
    }),
  )
  const invariant: Check<BackendSubject> = {
    group: GROUP,
    name: 'stores a value that is the same along an axis once',
    run: (subject) =>
      exact(
        subject,
        kernel({
          space: [9, 33],
          loads: [access('f32', [1, 0]), access('f32', [33, 1])],
          nodes: [
            load(0),
            load(1),
            { op: 'add', dtype: 'f32', args: [0, 0] },
            { op: 'mul', dtype: 'f32', args: [2, 1] },
          ],
          stores: [store('f32', [1, 0], 2), store('f32', [33, 1], 3)],
        }),
      ),
  }
  const coordinates: Check<BackendSubject> = {
    group: GROUP,
    name: 'coordinates in every dtype',
    skip: (s) => lacks(s, 'f32', 'i32', 'u32'),
    run: (subject) =>
      exact(
        subject,
        kernel({
          space: shape,
          nodes: [
            { op: 'index', dtype: 'u32', axis: 2 },
            { op: 'index', dtype: 'i32', axis: 1 },
            { op: 'index', dtype: 'f32', axis: 0 },
            { op: 'cast', dtype: 'f32', args: [0] },
            { op: 'cast', dtype: 'f32', args: [1] },
            { op: 'sub', dtype: 'f32', args: [3, 4] },
            { op: 'mul', dtype: 'f32', args: [5, 2] },
          ],
          stores: [
            store('u32', contiguous(shape), 0),
            store('i32', contiguous(shape), 1),
            store('f32', contiguous(shape), 6),
          ],
        }),
      ),
  }
  return [...loads, ...stores, invariant, coordinates]
}

/** Subsets of the axes of a space of three. */
const AXES = [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]]

function reductions(): Check<BackendSubject>[] {
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
        (reduce): Check<BackendSubject> => ({
          group: 'reductions',
          name: `sum, max and min of ${dtype} over axes ${reduce.join(', ')}`,
          skip: (s) => lacks(s, dtype),
          async run(subject) {
            for (const space of spaces) await reduceCheck(subject, space, reduce, dtype)
          },
        }),
      ),
    )
    .concat([
      {
        group: 'reductions',
        name: 'a long sum next to values stored point by point',
        run: (subject) => reduceCheck(subject, [100003], [0], 'f32'),
      },
      {
        group: 'reductions',
        name: 'NaN wins in max and min',
        skip: (s) => (s.floats.nonFinite ? null : `${s.name} does not promise NaN`),
        async run(subject) {
          const k = reducing([3, 40], [1], 'f32')
          const data = moderateData('f32', 120, 3)
          data[77] = NaN
          await agree(subject, kernelPlan({ ...k, stores: k.stores.filter((s) => s.reduce !== 'sum') }), [data])
        },
      },
      {
        group: 'reductions',
        name: 'any and all of bool',
        run: (subject) =>
          exact(
            subject,
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
  const kept = space.map((n, a) => (reduce.includes(a) ? 1 : n))
  const out = contiguous(kept).map((s, a) => (reduce.includes(a) ? 0 : s))
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
  subject: BackendSubject,
  space: readonly number[],
  reduce: readonly number[],
  dtype: DType,
): Promise<void> {
  const k = reducing(space, reduce, dtype)
  const size = space.reduce((a, b) => a * b, 1)
  const data = moderateData(dtype, size, 5)
  const plan = kernelPlan(k)
  const expected = await subject.expected(plan, [data])
  const actual = await runPlan(subject.backend, plan, [data])
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

function several(): Check<BackendSubject>[] {
  return [
    {
      group: GROUP,
      name: 'a fold over an axis of length 1 beside a store without a fold, along an axis that no load moves along',
      skip: (s) => lacks(s, 'f32', 'i32'),
      run: (subject) =>
        exact(
          subject,
          kernel({
            space: [130, 7, 1],
            reduce: [2],
            loads: [access('f32', [1, 0, 0])],
            nodes: [load(0), { op: 'index', dtype: 'i32', axis: 2 }],
            stores: [store('f32', [1, 130, 910], 0), store('i32', [1, 130, 0], 1, { reduce: 'max' })],
          }),
        ),
    },
    {
      group: GROUP,
      name: 'many loads, nodes and stores in one kernel',
      run(subject) {
        const nodes: KernelNode[] = Array.from({ length: 24 }, (_, i) => load(i))
        for (let i = 0; i < 200; i++)
          nodes.push({
            op: i % 3 === 0 ? 'sub' : i % 3 === 1 ? 'max' : 'min',
            dtype: 'f32',
            args: [nodes.length - 1 - (i % 7), nodes.length - 20],
          })
        return exact(
          subject,
          kernel({
            space: [19, 21],
            loads: Array.from({ length: 24 }, (_, i) =>
              access('f32', i % 3 === 0 ? [21, 1] : i % 3 === 1 ? [0, 1] : [1, 0]),
            ),
            nodes,
            stores: Array.from({ length: 12 }, (_, i) => store('f32', [21, 1], nodes.length - 1 - 5 * i)),
          }),
        )
      },
    },
    {
      group: GROUP,
      name: 'loads of f32, i32, u32, bool and casts between them in one kernel',
      run: (subject) =>
        exact(
          subject,
          kernel({
            space: [101],
            loads: [access('f32', [1]), access('i32', [1]), access('u32', [1]), access('bool', [1])],
            nodes: [
              load(0),
              load(1, 'i32'),
              load(2, 'u32'),
              load(3, 'bool'),
              { op: 'cast', dtype: 'i32', args: [0] },
              { op: 'add', dtype: 'i32', args: [4, 1] },
              { op: 'cast', dtype: 'f32', args: [2] },
              { op: 'select', dtype: 'f32', args: [3, 6, 0] },
              { op: 'cast', dtype: 'u32', args: [3] },
              { op: 'xor', dtype: 'u32', args: [8, 2] },
              { op: 'cast', dtype: 'bool', args: [5] },
              { op: 'not', dtype: 'bool', args: [10] },
            ],
            stores: [store('i32', [1], 5), store('f32', [1], 7), store('u32', [1], 9), store('bool', [1], 11)],
          }),
        ),
    },
  ]
}
