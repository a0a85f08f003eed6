import type { Check } from '../../check.js'
import { access, contiguous, kernel, store } from '../plans.js'
import { type BackendUnderTest, exactly, KERNELS, lacks, load } from '../backendUnderTest.js'

/** Loads and stores with any strides, and the coordinates of a point as values. */
export function strideChecks(): Check<BackendUnderTest>[] {
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
      (dtype): Check<BackendUnderTest> => ({
        group: KERNELS,
        name: `loads ${dtype} ${name}`,
        run: (tested) =>
          exactly(
            tested,
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
    ([name, strides_, offset]): Check<BackendUnderTest> => ({
      group: KERNELS,
      name: `stores ${name}, and writes no element between them`,
      run: (tested) =>
        exactly(
          tested,
          kernel({
            space: shape,
            loads: [access('f32', contiguous(shape))],
            nodes: [load(0), { op: 'neg', dtype: 'f32', args: [0] }],
            stores: [store('f32', strides_, 1, { offset }), store('f32', contiguous(shape), 0)],
          }),
        ),
    }),
  )
  const invariant: Check<BackendUnderTest> = {
    group: KERNELS,
    name: 'stores a value that is the same along an axis once',
    run: (tested) =>
      exactly(
        tested,
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
  const coordinates: Check<BackendUnderTest> = {
    group: KERNELS,
    name: 'coordinates in every dtype',
    skip: (s) => lacks(s, 'f32', 'i32', 'u32'),
    run: (tested) =>
      exactly(
        tested,
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
