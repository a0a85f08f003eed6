import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { train } from '../../src/train/train.js'

const how = { steps: 12, batch: 8, backend: 'reference', baselines: 'none', key: 1 } as const
const small = { ...how, problem: 'mexican-hat', hidden: [6], time: 4 } as const
/** A step that changes nothing that a test could see. */
const still = { ...how, steps: 1, learningRate: 1e-30, optimizer: 'sgd', readoutSolve: 0 } as const

test('a run starts from the weights of a trained one, whose network and estimator it takes', async () => {
  await using first = await train({ ...small, estimator: 'bp' })
  await using next = await train({ ...still, problem: 'mexican-hat', from: first })
  expect(next.config).toMatchObject({ hidden: [6], time: 4, estimator: 'bp', network: first.config.network })
  const at = { points: [[0.5, 0.25]] }
  const [before, after] = [await first.predict(at), await next.predict(at)]
  expect(after.values[0]).toBeCloseTo(before.values[0]!, 6)
  // The random weights of the key are others, and the baseline is still the untrained network.
  await using fresh = await train({ ...still, ...small, estimator: 'bp', steps: 1 })
  expect(Math.abs((await fresh.predict(at)).values[0]! - before.values[0]!)).toBeGreaterThan(1e-3)
  expect(next.baselines.untrained).toBe(fresh.baselines.untrained)
})

test('a saved run is named by its folder, and a network of other sizes is refused with what differs', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'spikeward-')), 'run')
  await using first = await train({ ...small, estimator: 'bp' })
  await first.save(folder)
  await using next = await train({ ...still, problem: 'mexican-hat', from: folder })
  expect(next.config.from).toBe(folder)
  await expect(train({ ...still, problem: 'mexican-hat', from: folder, hidden: [7] })).rejects.toMatchObject({
    code: 'CLI_USAGE',
    message: expect.stringContaining('hidden is [6] there and [7] here') as string,
  })
  await expect(train({ ...still, problem: 'parabola', from: folder })).rejects.toThrow('inputs are 2 there and 1 here')
})

test('an operator keeps what its inputs are scaled by, and an equation its unknown coefficient', async () => {
  const sizes = { branch: [6], trunk: [6], features: 4, time: 4, amplitude: 'none' } as const
  const options = { train: 12, validation: 4, test: 4, sensors: 10 }
  await using first = await train({ ...how, ...sizes, problem: 'poisson-1d', options: { ...options, components: 3 } })
  await using next = await train({ ...still, problem: 'poisson-1d', options, dataKey: 5, from: first })
  expect(next.config.networkOptions).toMatchObject({ components: 3 })
  const asked = { input: (x: number) => Math.sin(3 * x), at: { x: [0.3] } }
  expect((await next.predict(asked)).values[0]).toBeCloseTo((await first.predict(asked)).values[0]!, 5)

  const equation = { ...how, steps: 2, spiking: 'none', hidden: [5], collocation: 8 } as const
  await using found = await train({ ...equation, problem: 'inverse-poisson' })
  await using again = await train({ ...still, collocation: 8, problem: 'inverse-poisson', from: found })
  expect(again.result.coefficients?.['k']).toBeCloseTo(found.result.coefficients!['k']!, 4)
}, 60_000)
