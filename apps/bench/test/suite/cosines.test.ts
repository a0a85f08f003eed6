import { eligibility, guided, rfg } from '@spikeward/estimators'
import { parabola } from '@spikeward/problems'
import { expect, test } from 'vitest'
import { openBackend } from '../../src/backends.js'
import { measureCosines } from '../../src/cosines/measureCosines.js'

const settings = {
  hidden: [5],
  steps: 4,
  window: 2,
  learningRate: 1e-2,
  time: 6,
  batch: 16,
  beta: 1,
  networkKey: 3,
}

test('the exact gradient has a cosine of 1, one random direction a small one, a learned subspace a larger one', async () => {
  await using backend = await openBackend('cpu', 1)
  const found = []
  for (const e of [eligibility(), rfg(), guided({ directions: 4 })]) {
    found.push(await measureCosines(e, settings, parabola(), backend))
  }
  const [exact, direction, learned] = found
  expect(exact!.cosine).toBeCloseTo(1, 4)
  expect(direction!.cosine).toBeLessThan(0.8)
  expect(learned!.cosine).toBeGreaterThan(direction!.cosine)
  expect(found.map((f) => f.forwardEquivalents)).toEqual([2, 2, 6])
})
