import { key } from '@spikeward/core'
import { expect, test } from 'vitest'
import { driftingRod, heatedRod, rod, rodField, rodFilter } from '../../src/index.js'
import type { RodConditions, RodSample } from '../../src/index.js'
import { INTERVAL, advance } from '../../src/streams/rodModel.js'

const { points, sensors, diffusivity } = rod
const sine = (k: number): Float64Array =>
  Float64Array.from({ length: points }, (_, i) => Math.sin((k * Math.PI * (i + 1)) / (points + 1)))

async function samplesOf(count: number, conditions: (t: number) => RodConditions): Promise<RodSample[]> {
  const found: RodSample[] = []
  for await (const sample of heatedRod(key(4), conditions)) if (found.push(sample) === count) break
  return found
}

test('without heat, a sine decays by the eigenvalue of implicit Euler', () => {
  for (const k of [1, 5]) {
    const eigenvalue = 4 * (points + 1) ** 2 * Math.sin((k * Math.PI) / 2 / (points + 1)) ** 2
    const found = advance(sine(k), [0, 0], 0.1)
    sine(k).forEach((v, i) => expect(found[i]).toBeCloseTo(v / (1 + INTERVAL * 0.1 * eigenvalue), 12))
  }
})

test('a smooth field is found from its values at the sensors, one of which may be missing', () => {
  const field = sine(1)
  const values = sensors.map((at) => field[at]!)
  for (const given of [values, values.with(2, NaN)])
    rodField(given).forEach((v, i) => expect(Math.abs(v - field[i]!)).toBeLessThan(0.01))
})

test('the filter finds the diffusivity by a drift that it is not told', async () => {
  const count = 1500
  const samples = await samplesOf(count, driftingRod(count).conditions)
  const filter = rodFilter()
  for (const { powers, readings } of samples) filter.take(powers, readings)
  const known = filter.forecast([])
  const truth = samples.at(-1)!.field
  const off = Math.sqrt(known.reduce((s, v, i) => s + (v - truth[i]!) ** 2, 0) / truth.reduce((s, v) => s + v * v, 0))
  expect(off).toBeLessThan(0.01)
  // A forecast by the diffusivity before the drift is worse by far.
  const later = filter.forecast(Array.from({ length: 10 }, () => [0, 0]))
  const [right, wrong] = [diffusivity[1], diffusivity[0]].map((kappa) => {
    let u = truth
    for (let i = 0; i < 10; i++) u = advance(u, [0, 0], kappa)
    return Math.sqrt(later.reduce((s, v, i) => s + (v - u[i]!) ** 2, 0))
  })
  expect(right).toBeLessThan(0.2 * wrong!)
})

test('readings have the noise of the sensors, one of which fails after five sixths, and the plan is kept', async () => {
  const { conditions, phases } = driftingRod(1500)
  const samples = await samplesOf(1500, conditions)
  expect(samples.findIndex(({ readings }) => Number.isNaN(readings[2]!))).toBe(phases[2])
  const before = samples.slice(0, phases[2])
  const offs = before.flatMap(({ readings, field }) => sensors.map((at, s) => readings[s]! - field[at]!))
  const deviation = (values: readonly number[]): number => {
    const mean = values.reduce((a, b) => a + b) / values.length
    return Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / values.length)
  }
  expect(Math.abs(deviation(offs) / rod.noise - 1)).toBeLessThan(0.05)
  const steady = await samplesOf(6000, () => ({ diffusivity: diffusivity[0], failed: [] }))
  const ofField = sine(1).reduce((sum, _, i) => sum + deviation(steady.map(({ field }) => field[i]!)), 0) / points
  expect(Math.abs((0.01 * ofField) / rod.noise - 1)).toBeLessThan(0.1)
  const [at, next] = [1000, samples.slice(1001, 1006)]
  samples[at]!.plan.forEach((p, h) =>
    expect(p).toBeCloseTo(
      next.reduce((s, { powers }) => s + powers[h]! / 5, 0),
      12,
    ),
  )
})
