import type { KernelNode } from '@spikeward/core/backend'
import type { Check } from '../../check.js'
import { access, contiguous, kernel, store } from '../plans.js'
import { type BackendUnderTest, KERNELS, exactly, load } from '../backendUnderTest.js'

/**
 * A kernel visits every point of its space once, for spaces of many lengths: empty, of one point, around powers of 2,
 * long.
 */
export function spaceChecks(): Check<BackendUnderTest>[] {
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
    group: KERNELS,
    name: `every point of [${space.join(', ')}] once`,
    async run(tested: BackendUnderTest) {
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
      await exactly(
        tested,
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
