import { expect, test } from 'vitest'
import { kalmanFilter } from '../src/twin/kalman.js'
import { DIFFUSIVITY, INTERVAL, POINTS, SENSORS, advance, heatedRod, interpolate, phasesOf } from '../src/twin/rod.js'

const sine = (k: number): Float64Array =>
  Float64Array.from({ length: POINTS }, (_, i) => Math.sin((k * Math.PI * (i + 1)) / (POINTS + 1)))

test('without heat, a sine decays by the eigenvalue of implicit Euler', () => {
  for (const k of [1, 5]) {
    const eigenvalue = 4 * (POINTS + 1) ** 2 * Math.sin((k * Math.PI) / 2 / (POINTS + 1)) ** 2
    const found = advance(sine(k), [0, 0], 0.1)
    sine(k).forEach((v, i) => expect(found[i]).toBeCloseTo(v / (1 + INTERVAL * 0.1 * eigenvalue), 12))
  }
})

test('a smooth field is found from its values at the sensors, one of which may be missing', () => {
  const field = sine(1)
  const values = SENSORS.map((at) => field[at]!)
  for (const given of [values, values.with(2, NaN)])
    interpolate(given).forEach((v, i) => expect(Math.abs(v - field[i]!)).toBeLessThan(0.01))
})

test('the filter finds the diffusivity by a drift that it is not told', async () => {
  const samples = 1500
  const rod = await heatedRod(samples, 4)
  const filter = kalmanFilter(rod.noise)
  rod.readings.forEach((y, t) => filter.take(rod.powers[t]!, y))
  const known = filter.forecast([])
  const truth = rod.fields.at(-1)!
  const off = Math.sqrt(known.reduce((s, v, i) => s + (v - truth[i]!) ** 2, 0) / truth.reduce((s, v) => s + v * v, 0))
  expect(off).toBeLessThan(0.01)
  // A forecast by the diffusivity before the drift is worse by far.
  const later = filter.forecast(Array.from({ length: 10 }, () => [0, 0]))
  const [right, wrong] = [DIFFUSIVITY[1], DIFFUSIVITY[0]].map((diffusivity) => {
    let u = truth
    for (let i = 0; i < 10; i++) u = advance(u, [0, 0], diffusivity)
    return Math.sqrt(later.reduce((s, v, i) => s + (v - u[i]!) ** 2, 0))
  })
  expect(right).toBeLessThan(0.2 * wrong!)
})

test('a sensor fails after five sixths, and the noise is that of the sensors', async () => {
  const { readings, fields, noise } = await heatedRod(600, 1)
  const failure = phasesOf(600)[2]
  expect(readings.findIndex((y) => Number.isNaN(y[2]!))).toBe(failure)
  const offs = readings.slice(0, failure).flatMap((y, t) => SENSORS.map((at, s) => y[s]! - fields[t]![at]!))
  const deviation = Math.sqrt(offs.reduce((s, v) => s + v * v, 0) / offs.length)
  expect(deviation / noise).toBeGreaterThan(0.9)
  expect(deviation / noise).toBeLessThan(1.1)
})
