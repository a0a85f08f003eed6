import type { DType, Kernel, KernelNode } from '@spikeward/core/backend'
import type { Check } from '../check.js'
import { moderateData } from './testData.js'
import { access, contiguous, extent, kernel, kernelPlan, store } from './plans.js'
import { agree, lacks, type BackendUnderTest } from './backendUnderTest.js'

const load = (operand: number, dtype: DType): KernelNode => ({ op: 'load', dtype, operand })

/**
 * A leaky integrate-and-fire neuron with hard reset and a count of its spikes: u ← (u·½ + x)·(1 − s), s = [u ≥ ¾].
 * Spikes are stored at every step; the last membrane, twice the count and the threshold (known before the first step)
 * are stored once. All factors are powers of two, 0 or 1, so that fused rounding changes nothing.
 */
function neuron(space: readonly number[], time: number, dtype: 'f32' | 'f64', reverse: boolean): Kernel {
  const full = contiguous(space)
  const still = space.map((n, a) => (a === time ? 1 : n))
  const state = contiguous(still).map((s, a) => (a === time ? 0 : s))
  const steps = Math.max(space[time]!, 1)
  const sequence = {
    strides: full.map((s, a) => (a === time && reverse ? -s : s)),
    offset: reverse ? full[time]! * (steps - 1) : 0,
  }
  const nodes: KernelNode[] = [
    load(0, dtype), // 0 initial membrane
    { op: 'const', dtype, value: 0.75 },
    { op: 'const', dtype, value: 0.5 },
    { op: 'const', dtype: 'i32', value: 0 },
    { op: 'carry', dtype, carry: 0 },
    { op: 'carry', dtype: 'i32', carry: 1 },
    load(1, dtype), // 4 u, 5 count, 6 x
    { op: 'mul', dtype, args: [4, 2] },
    { op: 'add', dtype, args: [7, 6] }, // 8 charged
    { op: 'le', dtype: 'bool', args: [1, 8] },
    { op: 'cast', dtype, args: [9] },
    { op: 'sub', dtype, args: [8, 1] }, // 10 spike
    { op: 'select', dtype, args: [9, 11, 8] },
    { op: 'cast', dtype: 'i32', args: [9] },
    { op: 'add', dtype: 'i32', args: [5, 13] }, // 12 next u, 14 next count
    { op: 'final', dtype, carry: 0 },
    { op: 'final', dtype: 'i32', carry: 1 },
    { op: 'add', dtype: 'i32', args: [16, 16] }, // 17
  ]
  return kernel({
    space,
    time,
    nodes,
    loads: [access(dtype, state), { dtype, ...sequence }],
    carries: [
      { dtype, init: 0, next: 12 },
      { dtype: 'i32', init: 3, next: 14 },
    ],
    stores: [
      store(dtype, sequence.strides, 10, { offset: sequence.offset }),
      store(dtype, state, 15, { when: 'once' }),
      store('i32', state, 17, { when: 'once' }),
      store(dtype, state, 0, { when: 'once' }),
    ],
  })
}

async function exact(tested: BackendUnderTest, k: Kernel): Promise<void> {
  await agree(
    tested,
    kernelPlan(k),
    k.loads.map((a, i) => moderateData(a.dtype, extent(a, k.space), 21 + i)),
  )
}

/** Kernels with a time axis: carries, stores at every step and once, time in any place and direction. */
export function scanChecks(): Check<BackendUnderTest>[] {
  const cases: readonly (readonly [readonly number[], number])[] = [
    [[1], 0],
    [[40], 0],
    [[16, 33], 0],
    [[33, 16], 1],
    [[5, 16, 9], 1],
    [[3, 130, 2], 0],
    [[1, 257], 0],
    [[7, 0], 1],
    [[0, 7], 1],
    [[4, 1, 3], 1],
    [[64, 64], 1],
  ]
  const neurons = (['f32', 'f64'] as const).flatMap((dtype) =>
    cases.flatMap(([space, time]) =>
      [false, true].map(
        (reverse): Check<BackendUnderTest> => ({
          group: 'scans',
          name: `spiking neurons in ${dtype}, space [${space.join(', ')}], time axis ${time}${reverse ? ', reversed' : ''}`,
          skip: (s) => lacks(s, dtype),
          run: (tested) => exact(tested, neuron(space, time, dtype, reverse)),
        }),
      ),
    ),
  )
  return [
    ...neurons,
    swap,
    ...([false, true] as const).map(decay),
    randomKeys,
    sharedPrimal(false),
    sharedPrimal(true),
    beforeInEach,
  ]
}

/** a, b ← b, a: all carries change simultaneously. */
const swap: Check<BackendUnderTest> = {
  group: 'scans',
  name: 'carries change simultaneously',
  run: (tested) =>
    exact(
      tested,
      kernel({
        space: [5, 7],
        time: 0,
        loads: [access('f32', [0, 1]), access('f32', [0, -1], 6)],
        nodes: [
          load(0, 'f32'),
          load(1, 'f32'),
          { op: 'carry', dtype: 'f32', carry: 0 },
          { op: 'carry', dtype: 'f32', carry: 1 },
          { op: 'final', dtype: 'f32', carry: 0 },
        ],
        carries: [
          { dtype: 'f32', init: 0, next: 3 },
          { dtype: 'f32', init: 1, next: 2 },
        ],
        stores: [store('f32', [7, 1], 2), store('f32', [0, 1], 4, { when: 'once' })],
      }),
    ),
}

/**
 * A carry that is the same at every point, c ← c/2, beside a product with it, x·c, or a choice by it: the points read
 * the value of before the step.
 */
const decay = (byChoice: boolean): Check<BackendUnderTest> => ({
  group: 'scans',
  name: `a carry that is the same at every point changes after ${byChoice ? 'a choice by it' : 'a product with it'}`,
  run: (tested) =>
    exact(
      tested,
      kernel({
        space: [5, 40],
        time: 0,
        loads: [access('f32', [40, 1])],
        nodes: byChoice
          ? [
              load(0, 'f32'),
              { op: 'const', dtype: 'bool', value: 1 },
              { op: 'const', dtype: 'f32', value: 0.75 },
              { op: 'carry', dtype: 'bool', carry: 0 },
              { op: 'select', dtype: 'f32', args: [3, 0, 2] },
              { op: 'not', dtype: 'bool', args: [3] },
            ]
          : [
              load(0, 'f32'),
              { op: 'const', dtype: 'f32', value: 1 },
              { op: 'const', dtype: 'f32', value: 0.5 },
              { op: 'carry', dtype: 'f32', carry: 0 },
              { op: 'mul', dtype: 'f32', args: [0, 3] },
              { op: 'mul', dtype: 'f32', args: [3, 2] },
            ],
        carries: [{ dtype: byChoice ? 'bool' : 'f32', init: 1, next: 5 }],
        stores: [store('f32', [40, 1], 4)],
      }),
    ),
})

/** Integer state and the time coordinate: a counter-based generator over time. */
const randomKeys: Check<BackendUnderTest> = {
  group: 'scans',
  name: 'integer carries, shifts and the time coordinate',
  run: (tested) =>
    exact(
      tested,
      kernel({
        space: [9, 12],
        time: 1,
        loads: [access('u32', [1, 0])],
        nodes: [
          load(0, 'u32'),
          { op: 'const', dtype: 'u32', value: 0x85ebca6b },
          { op: 'const', dtype: 'u32', value: 13 },
          { op: 'carry', dtype: 'u32', carry: 0 },
          { op: 'index', dtype: 'u32', axis: 1 },
          { op: 'xor', dtype: 'u32', args: [3, 4] },
          { op: 'mul', dtype: 'u32', args: [5, 1] },
          { op: 'shiftRight', dtype: 'u32', args: [6, 2] },
          { op: 'shiftLeft', dtype: 'u32', args: [6, 2] },
          { op: 'or', dtype: 'u32', args: [7, 8] },
          { op: 'final', dtype: 'u32', carry: 0 },
        ],
        carries: [{ dtype: 'u32', init: 0, next: 9 }],
        stores: [store('u32', [12, 1], 9), store('u32', [1, 0], 10, { when: 'once' })],
      }),
    ),
}

/**
 * K tangents of one primal: the primal does not vary along the axis of directions, and is stored once. With `loaded`
 * the primal starts from a loaded value; the constant 0 is then read by the tangents and the steps only.
 */
const sharedPrimal = (loaded: boolean): Check<BackendUnderTest> => ({
  group: 'scans',
  name: `a primal shared by K tangents${loaded ? ', which start from a separate constant' : ''}`,
  async run(tested) {
    for (const [K, T, N] of [
      [1, 5, 33],
      [4, 6, 17],
      [8, 3, 2],
      [8, 4, 200],
    ] as const) {
      await exact(
        tested,
        kernel({
          space: [K, T, N],
          time: 1,
          loads: [access('f32', [0, N, 1]), access('f32', [T * N, N, 1]), access('f32', [0, 0, 1])],
          nodes: [
            load(2, 'f32'),
            { op: 'const', dtype: 'f32', value: 0 },
            { op: 'const', dtype: 'f32', value: 0.5 },
            { op: 'carry', dtype: 'f32', carry: 0 },
            { op: 'carry', dtype: 'f32', carry: 1 },
            load(0, 'f32'),
            load(1, 'f32'),
            { op: 'mul', dtype: 'f32', args: [3, 2] },
            { op: 'add', dtype: 'f32', args: [7, 5] }, // 8 primal
            { op: 'mul', dtype: 'f32', args: [4, 2] },
            { op: 'add', dtype: 'f32', args: [9, 6] }, // 10 tangent
            { op: 'final', dtype: 'f32', carry: 0 },
            { op: 'final', dtype: 'f32', carry: 1 },
            { op: 'max', dtype: 'f32', args: [8, 1] }, // 13
          ],
          carries: [
            { dtype: 'f32', init: loaded ? 0 : 1, next: 8 },
            { dtype: 'f32', init: 1, next: 10 },
          ],
          stores: [
            store('f32', [0, N, 1], 13),
            store('f32', [T * N, N, 1], 10),
            store('f32', [0, 0, 1], 11, { when: 'once' }),
            store('f32', [N, 0, 1], 12, { when: 'once' }),
          ],
        }),
      )
    }
  },
})

const beforeInEach: Check<BackendUnderTest> = {
  group: 'scans',
  name: 'a value known before the first step, stored at every step and used as a carry',
  run: (tested) =>
    exact(
      tested,
      kernel({
        space: [6, 5],
        time: 1,
        loads: [access('f32', [1, 0])],
        nodes: [
          load(0, 'f32'),
          { op: 'neg', dtype: 'f32', args: [0] },
          { op: 'carry', dtype: 'f32', carry: 0 },
          { op: 'final', dtype: 'f32', carry: 0 },
          { op: 'sub', dtype: 'f32', args: [3, 1] },
        ],
        carries: [{ dtype: 'f32', init: 0, next: 1 }],
        stores: [
          store('f32', [5, 1], 1),
          store('f32', [-5, -1], 2, { offset: 29 }),
          store('f32', [1, 0], 4, { when: 'once' }),
        ],
      }),
    ),
}
