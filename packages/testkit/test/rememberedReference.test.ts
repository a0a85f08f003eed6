import { expect, test } from 'vitest'
import type { Plan } from '@spikeward/core/backend'
import { access, kernel, kernelPlan, store } from '../src/backend/plans.js'
import { rememberedReference } from '../src/backend/rememberedReference.js'

/** x · c at two points. */
const scaled = (c: number): Plan =>
  kernelPlan(
    kernel({
      space: [2],
      loads: [access('f32', [1])],
      nodes: [
        { op: 'load', dtype: 'f32', operand: 0 },
        { op: 'const', dtype: 'f32', value: c },
        { op: 'mul', dtype: 'f32', args: [0, 1] },
      ],
      stores: [store('f32', [1], 2)],
    }),
  )

test('computes each plan once for the same inputs, and again for any other', async () => {
  const run = rememberedReference()
  const x = (...values: number[]): Float32Array => Float32Array.from(values)
  const first = await run(scaled(2), [x(1, 3)])
  expect(Array.from(first[0]!)).toEqual([2, 6])
  expect(await run(scaled(2), [x(1, 3)])).toBe(first)
  expect(Array.from((await run(scaled(2), [x(3, 1)]))[0]!)).toEqual([6, 2])
  // These constants are the same in JSON.
  for (const c of [0, -0, Number.NaN, Infinity, -Infinity])
    expect(Array.from((await run(scaled(c), [x(1, 3)]))[0]!)).toEqual([c, c * 3])
})
