import { expect, it } from 'vitest'
import { native } from '@spikeward/backend-native'
import { forecasters } from '../src/mackeyGlass.js'
import { LENGTH, mackeyGlass, smape } from '../src/lib/mackeyGlassSeries.js'

it('integrates the series with order 4 in the step', () => {
  const exact = mackeyGlass(150, { steps: 1360 })
  const errors = [85, 170].map((steps) =>
    Math.max(...mackeyGlass(150, { steps }).map((x, i) => Math.abs(x - exact[i]!))),
  )
  expect(errors[1]).toBeLessThan(1e-7)
  expect(errors[0]! / errors[1]!).toBeGreaterThan(12)
})

it('has a value of the series that another program gives', () => {
  // Euler's method with 2,000 steps a point, which has order 1.
  const h = 197 / 75 / 2000
  const lag = Math.round(17 / h)
  const x = Array.from({ length: lag + 1 }, () => 0.7206597)
  for (let i = 0; i < 2000 * 20; i++) {
    const [now, delayed] = [x.at(-1)!, x[x.length - 1 - lag]!]
    x.push(now + h * ((0.2 * delayed) / (1 + delayed ** 10) - 0.1 * now))
  }
  expect(mackeyGlass(21)[20]).toBeCloseTo(x.at(-1)!, 3)
})

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
