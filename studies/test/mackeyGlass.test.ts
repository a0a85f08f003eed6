import { expect, it } from 'vitest'
import { native } from '@spikeward/backend-native'
import { mackeyGlass } from '@spikeward/problems'
import { LENGTH, forecasters, smape } from '../src/mackeyGlass.js'

it('measures as NeuroBench does', () => {
  expect(smape([1, 3], [1, 1])).toBeCloseTo(50, 12)
  expect(smape([NaN, 1], [1, 1])).toBe(200)
})

it('every forecaster beats persistence on one window', async () => {
  const backend = await native({ threads: 1 })
  const series = mackeyGlass(2 * LENGTH + 1)
  const errors: number[] = []
  for (const one of forecasters) {
    const { values } = await one.forecast(one.settings[0]!, series.slice(0, LENGTH + 1), 1, backend)
    errors.push(smape(values, series.subarray(LENGTH + 1)))
  }
  const [persistence, ...others] = errors
  for (const error of others) expect(error).toBeLessThan(0.8 * persistence!)
  await backend[Symbol.asyncDispose]()
})
