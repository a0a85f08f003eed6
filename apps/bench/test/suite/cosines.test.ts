import { eligibility, guided, rfg } from '@spikeward/estimators'
import { parabola, reactionDiffusion } from '@spikeward/problems'
import { expect, test } from 'vitest'
import { openBackend } from '../../src/backends.js'
import { measureCosines } from '../../src/cosines/measureCosines.js'
import { openOperator } from '../../src/cosines/openOperator.js'
import { operatorOf } from '../../src/operatorProblems.js'
import { openNetwork } from '../../src/tuned/networks/openNetwork.js'

const settings = { steps: 4, window: 2, learningRate: 1e-2, networkKey: 3 }

test('the exact gradient has a cosine of 1, one random direction a small one, a learned subspace a larger one', async () => {
  await using backend = await openBackend('cpu', 1)
  const found = []
  const { task } = openNetwork({ hidden: [5], time: 6, batch: 16, beta: 1 }, parabola())
  for (const e of [eligibility(), rfg(), guided({ directions: 4 })]) {
    found.push(await measureCosines(e, task, settings, backend))
  }
  const [exact, direction, learned] = found
  expect(exact!.cosine).toBeCloseTo(1, 4)
  expect(direction!.cosine).toBeLessThan(0.8)
  expect(learned!.cosine).toBeGreaterThan(direction!.cosine)
  expect(found.map((f) => f.forwardEquivalents)).toEqual([2, 2, 6])
  expect(found.map((f) => f.parameters)).toEqual([16, 16, 16])
})

test.each(['poisson-1d', 'darcy-2d', 'advection-diffusion', 'nonlinear-diffusion-2d'])(
  'an operator on one to three axes has a network: %s',
  async (name) => {
    await using backend = await openBackend('cpu', 1)
    const problem = operatorOf(name, { train: 4, validation: 1, test: 1 })
    const task = await openOperator(problem, { width: 4, features: 3, time: 5, batch: 4, points: 6 })
    const { cosine } = await measureCosines(eligibility(), task, { ...settings, steps: 2, window: 1 }, backend)
    expect(cosine).toBeGreaterThan(0.9)
  },
)

test('on an operator network with one hidden layer a side, traces are exact and one direction has a small cosine', async () => {
  await using backend = await openBackend('cpu', 1)
  const problem = reactionDiffusion({ sensors: 5, points: 4, cells: 8, train: 6, validation: 1, test: 1 })
  const task = await openOperator(problem, { width: 4, features: 3, time: 5, batch: 4, points: 6 })
  const [exact, direction] = [
    await measureCosines(eligibility(), task, settings, backend),
    await measureCosines(rfg(), task, settings, backend),
  ]
  expect(exact.cosine).toBeCloseTo(1, 4)
  expect(direction.cosine).toBeLessThan(0.6)
  // A branch of 5-4-3, two trunks of 1-4-3 and the bias.
  expect(direction.parameters).toBe(24 + 15 + 2 * (8 + 15) + 1)
})
