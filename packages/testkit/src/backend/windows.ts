import type { DotRoutine, TypedArray } from '@spikeward/core/backend'
import type { Check } from '../check.js'
import { lacks, type BackendUnderTest } from './backendUnderTest.js'
import { compareArrays } from './compareArrays.js'
import { routinePlan, runPlan } from './plans.js'
import { binaryData, moderateData } from './testData.js'
import { epsilonOf } from './tolerances.js'

/** Windows of k elements on each of two axes, `stride` apart, of an array [rows, columns, channels]. */
interface WindowCase {
  readonly name: string
  readonly array: readonly [rows: number, columns: number, channels: number]
  readonly k: number
  readonly stride: number
  readonly dilation: number
  readonly n: number
  /** Whether the product is that of a gradient of the weights: windows as rows, places as columns. */
  readonly turned?: boolean
}

/** Products that read overlapping windows in place, for backends with the capability. */
export function windowChecks(): Check<BackendUnderTest>[] {
  const cases: readonly WindowCase[] = [
    { name: 'rows of windows', array: [9, 8, 5], k: 3, stride: 1, dilation: 1, n: 20 },
    { name: 'with stride and dilation', array: [14, 15, 3], k: 3, stride: 2, dilation: 2, n: 33 },
    { name: 'one column', array: [9, 8, 16], k: 3, stride: 1, dilation: 1, n: 1 },
    { name: 'many rows', array: [30, 31, 8], k: 5, stride: 1, dilation: 1, n: 17 },
    { name: 'of the weights', array: [12, 13, 4], k: 3, stride: 1, dilation: 1, n: 9, turned: true },
    { name: 'of the weights, long', array: [60, 50, 4], k: 3, stride: 1, dilation: 1, n: 20, turned: true },
  ]
  const data: readonly (readonly [string, boolean, (dtype: 'f32' | 'f64', size: number) => TypedArray])[] = [
    ['', false, (dtype, size) => moderateData(dtype, size, 31)],
    [', spikes of density 0.1', true, (dtype, size) => binaryData(dtype, size, 0.1, 41)],
    [', spikes of density 0.6', true, (dtype, size) => binaryData(dtype, size, 0.6, 41)],
  ]
  return (['f32', 'f64'] as const).flatMap((dtype) =>
    cases.flatMap((c) =>
      data.map(
        ([suffix, binary, dataA]): Check<BackendUnderTest> => ({
          group: 'dot of windows',
          name: `${dtype}: ${c.name}${suffix}`,
          skip: (s) => lacks(s, dtype) ?? (s.backend.capabilities.windows === true ? null : `${s.name} copies windows`),
          async run(tested) {
            const [rows, columns, channels] = c.array
            const count = (length: number): number => Math.floor((length - c.dilation * (c.k - 1) - 1) / c.stride) + 1
            const row = columns * channels
            const places = [
              [count(rows), c.stride * row],
              [count(columns), c.stride * channels],
            ] as const
            const inside = [
              [c.k, c.dilation * row],
              [c.k, c.dilation * channels],
              [channels, 1],
            ] as const
            const size = (axes: readonly (readonly [number, number])[]): number => axes.reduce((s, [n]) => s * n, 1)
            const windows = c.turned ? { m: inside, k: places } : { m: places, k: inside }
            const [m, k] = [size(windows.m), size(windows.k)]
            const { n } = c
            const a = { batch: 0, m: 0, k: 0 }
            const b = { batch: 0, k: n, n: 1 }
            const routine: DotRoutine = { kind: 'dot', dtype, batch: 1, m, n, k, a, b, binary, windows }
            const ins = [dataA(dtype, rows * row + 2), moderateData(dtype, k * n, 32)]
            const plan = routinePlan(routine, ins, [2, 0, 0])
            const [expected] = await tested.expected(plan, ins)
            const [actual] = await runPlan(tested.backend, plan, ins)
            const allowed = new Float64Array(m * n).fill(k * epsilonOf(dtype) * 4 * k)
            compareArrays('product', actual!, expected!, dtype, allowed)
          },
        }),
      ),
    ),
  )
}
