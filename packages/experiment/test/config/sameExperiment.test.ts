import { expect, test } from 'vitest'
import { configOf } from '../../src/config/configOf.js'
import { sameExperiment } from '../../src/config/trainConfig.js'

const config = await configOf(
  'poisson-1d',
  { backend: 'reference', key: 0, force: false, json: false, quiet: true },
  { err: () => undefined },
)

test('runs that train by another rate are of the same experiment, and those of other batches are not', () => {
  expect(sameExperiment(config, { ...config, learningRate: 2 * config.learningRate, threads: 3 })).toBe(true)
  expect(sameExperiment(config, { ...config, batch: 2 * config.batch })).toBe(false)
  expect(sameExperiment(config, { ...config, problem: 'heat-1d' })).toBe(false)
})
