import { expect, test } from 'vitest'
import { type SequenceNetwork, add, slice, zeros } from '@spikeward/core'
import { sequenceProblem } from '@spikeward/problems'
import { freeRun } from '../src/assembly/freeRun.js'

const rows = {
  name: 'u',
  shape: [200, 2],
  data: Float64Array.from({ length: 400 }, (_, i) => 1 + Math.floor(i / 2) + (i % 2)),
}
const given = { name: 'ramp', inputs: rows, outputs: rows, horizon: 1, delays: 3, window: 4, warmUp: 5 }
const none = { trained: {}, fixed: {} }

/** Predicts the last row and `by`. */
const adds = (by: number): SequenceNetwork<typeof none> => ({
  ...{ name: 'adds', steps: 9, scored: 4, init: () => none, apply: (_, x) => x, rest: () => zeros([]) },
  step: (_, state, x) => [state, add(slice(x, [0, 0], [x.shape[0]!, 2]), by)],
})

test('a network that knows the step runs free without error, and one that repeats the row is persistence', async () => {
  const { window, points } = await sequenceProblem(given)
  const found = await freeRun(adds(1), none, window!, points('test'))
  expect(found!.map(({ steps }) => steps)).toEqual([1, 2, 3, 4])
  found!.forEach(({ error }) => expect(error).toBeLessThan(1e-6))
  const held = await freeRun(adds(0), none, window!, points('test'))
  held!.forEach(({ error, persistence }) => expect(error).toBeCloseTo(persistence, 6))
  expect(held!.map(({ error }) => error)).toEqual(held!.map(({ error }) => error).toSorted((a, b) => a - b))
  expect(held![3]!.error).toBeGreaterThan(3.5 * held![0]!.error)
})

test('no forecast of the next row runs free', async () => {
  const later = await sequenceProblem({ ...given, horizon: 2 })
  expect(await freeRun(adds(1), none, later.window!, later.points('test'))).toBe(null)
  const other = { ...rows, data: rows.data.map((v) => -v) }
  const { window, points } = await sequenceProblem({ ...given, outputs: other })
  expect(await freeRun(adds(1), none, window!, points('test'))).toBe(null)
  const { step: _, rest: __, ...plain } = adds(1)
  const own = await sequenceProblem(given)
  expect(await freeRun(plain, none, own.window!, own.points('test'))).toBe(null)
})
