import { expect, test } from 'vitest'
import { key, mul, normal, referenceBackend, sum, square, treeLeaves, treeMap } from '@spikeward/core'
import { bp, realTimeRecurrent } from '@spikeward/estimators'
import { groupsOf, problems } from '../src/sequences.js'

test('a copy is the input an eighth of the time before', async () => {
  const { x, target, share } = problems.copy.draw(key(1, { backend: referenceBackend() }), 3, 64)
  const [given, wanted, counted] = await Promise.all([x.data(), target.data(), share.data()])
  expect(Array.from(wanted.slice(8 * 3))).toEqual(Array.from(given.slice(0, 56 * 3)))
  expect(Array.from(counted, Number).reduce((a, b) => a + b)).toBeCloseTo(3, 5)
  expect(new Set(given).size).toBe(16 * 3)
})

test('traces of oscillators give the gradient of back-propagation, and those of recurrent leaks leave a part out', async () => {
  const backend = referenceBackend()
  const off = async (way: 'leaks' | 'oscillators'): Promise<number> => {
    const model = groupsOf(problems.copy, way, 2, 24)
    const params = treeMap(
      (t) => mul(normal(key(5, { backend }).fold(t.size), t.shape), 0.5),
      model.init(key(4, { backend })),
    )
    const { x, target, share } = problems.copy.draw(key(6, { backend }), 2, 24)
    const loss = model.loss({
      samples: 2,
      drive: { x, target, share },
      input: (now) => (now as { readonly x: typeof x }).x,
      head: (y, now) => sum(mul(square(y), (now as { readonly share: typeof x }).share), 1),
    })
    const [a, b] = await Promise.all(
      [bp(), realTimeRecurrent()].map(async (e) => {
        const { grad } = e.estimate(loss, params, {}, { key: key(7, { backend }) })
        const numbers = await Promise.all(treeLeaves(grad).map(async (t) => Array.from(await t.data(), Number)))
        return numbers.flat()
      }),
    )
    const norm = (v: readonly number[]): number => Math.hypot(...v)
    return norm(a!.map((v, i) => v - b![i]!)) / norm(a!)
  }
  expect(await off('oscillators')).toBeLessThan(1e-4)
  expect(await off('leaks')).toBeGreaterThan(1e-3)
})
