import type { KernelNode } from '@spikeward/core/backend'
import type { Check } from '../../check.js'
import { access, kernel, store } from '../plans.js'
import { type BackendUnderTest, exactly, KERNELS, lacks, load } from '../backendUnderTest.js'

/** Kernels that combine many loads, nodes, stores and element types. */
export function mixedChecks(): Check<BackendUnderTest>[] {
  return [
    {
      group: KERNELS,
      name: 'a fold over an axis of length 1 next to a store without a fold, where no load has a stride along that axis',
      skip: (s) => lacks(s, 'f32', 'i32'),
      run: (tested) =>
        exactly(
          tested,
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
      group: KERNELS,
      name: 'many loads, nodes and stores in one kernel',
      run(tested) {
        const nodes: KernelNode[] = Array.from({ length: 24 }, (_, i) => load(i))
        for (let i = 0; i < 200; i++)
          nodes.push({
            op: i % 3 === 0 ? 'sub' : i % 3 === 1 ? 'max' : 'min',
            dtype: 'f32',
            args: [nodes.length - 1 - (i % 7), nodes.length - 20],
          })
        return exactly(
          tested,
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
      group: KERNELS,
      name: 'loads of f32, i32, u32, bool and casts between them in one kernel',
      run: (tested) =>
        exactly(
          tested,
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
