import { key } from '@spikeward/core'
import { expect, test } from 'vitest'
import { type HeatConditions, type HeatSample, type HeatedBody } from '../../src/index.js'
import { driftingHeat, heatFilter, heatedField, heatedStream, plate, rod } from '../../src/index.js'
import { INTERVAL, advance, fieldAt } from '../../src/streams/heatedBody.js'

const bodies = [
  ['rod', rod],
  ['plate', plate],
] as const

async function samplesOf(
  body: HeatedBody,
  count: number,
  conditions: (t: number) => HeatConditions,
): Promise<HeatSample[]> {
  const samples: HeatSample[] = []
  for await (const sample of heatedStream(body, key(4), conditions)) if (samples.push(sample) === count) break
  return samples
}

const lengthOf = (u: Float64Array): number => Math.sqrt(u.reduce((s, v) => s + v * v, 0))
const apart = (u: Float64Array, v: Float64Array): number => lengthOf(u.map((x, i) => x - v[i]!))
/** The mode of number k. */
const unit = (body: HeatedBody, k: number): Float64Array => new Float64Array(body.points).fill(1, k, k + 1)

test.each(bodies)('a %s is warmed by its heaters, and loses heat at the boundary alone', (_, body) => {
  const modes = body.modes()
  const side = body === rod ? 64 : 12
  const laplacian = (u: Float64Array, i: number): number => {
    const axes = body === rod ? [1] : [1, side]
    return axes.reduce((sum, step) => {
      const at = Math.floor(i / step) % side
      return sum + (side + 1) ** 2 * ((at > 0 ? u[i - step]! : 0) - 2 * u[i]! + (at < side - 1 ? u[i + step]! : 0))
    }, 0)
  }
  const powers = [1, 0.5]
  const before = advance(modes, unit(body, 3), [0.2, 0.8], 0.05)
  const after = advance(modes, before, powers, 0.05)
  const [u, v] = [fieldAt(modes, before), fieldAt(modes, after)]
  const heat = modes.heat.map((q) => fieldAt(modes, q))
  v.forEach((value, i) => {
    const rate = 0.05 * laplacian(v, i) + powers.reduce((sum, p, h) => sum + p * heat[h]![i]!, 0)
    expect(value).toBeCloseTo(u[i]! + INTERVAL * rate, 10)
  })
})

test.each(bodies)('a steady %s has the heat of its heaters as −κ Δu', (_, body) => {
  const modes = body.modes()
  let amplitudes: Float64Array = new Float64Array(body.points)
  for (let t = 0; t < 2000; t++) amplitudes = advance(modes, amplitudes, [1, 1], 0.05)
  amplitudes.forEach((a, k) => {
    expect(0.05 * modes.values[k]! * a).toBeCloseTo(modes.heat[0]![k]! + modes.heat[1]![k]!, 8)
  })
})

test.each(bodies)('a smooth field of a %s is known from its sensors, one of which may be missing', (_, body) => {
  const field = fieldAt(body.modes(), unit(body, 0))
  const values = body.sensors.map((at) => field[at]!)
  for (const readings of [values, values.with(2, NaN)])
    expect(apart(heatedField(body, readings), field)).toBeLessThan((body === rod ? 0.01 : 0.1) * lengthOf(field))
})

test.each(bodies)('the filter of a %s finds the diffusivity by a drift that it is not told', async (_, body) => {
  const count = 1500
  const samples = await samplesOf(body, count, driftingHeat(body, count).conditions)
  const filter = heatFilter(body)
  for (const { powers, readings } of samples) filter.take(powers, readings)
  const truth = samples.at(-1)!.field
  expect(apart(filter.forecast([]), truth)).toBeLessThan(0.01 * lengthOf(truth))
  // A forecast by the diffusivity before the drift is worse by far.
  const later = filter.forecast(Array.from({ length: 10 }, () => [0, 0]))
  const modes = body.modes()
  const amplitudes = Float64Array.from({ length: body.points }, (__, k) =>
    truth.reduce((sum, u, i) => sum + u * modes.at[i * body.points + k]!, 0),
  )
  const [wrong, right] = body.diffusivity.map((kappa) => {
    let a: Float64Array = amplitudes
    for (let i = 0; i < 10; i++) a = advance(modes, a, [0, 0], kappa)
    return apart(later, fieldAt(modes, a))
  })
  expect(right).toBeLessThan(0.2 * wrong!)
})

test.each(bodies)(
  'readings of a %s have the noise of the sensors, one fails after five sixths, and the plan is kept',
  async (_, body) => {
    const { points, sensors, diffusivity, noise } = body
    const { conditions, phases } = driftingHeat(body, 1500)
    const samples = await samplesOf(body, 1500, conditions)
    expect(samples.findIndex(({ readings }) => Number.isNaN(readings[2]!))).toBe(phases[2])
    const before = samples.slice(0, phases[2])
    const offs = before.flatMap(({ readings, field }) => sensors.map((at, s) => readings[s]! - field[at]!))
    const deviation = (values: readonly number[]): number => {
      const mean = values.reduce((a, b) => a + b) / values.length
      return Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / values.length)
    }
    expect(Math.abs(deviation(offs) / noise - 1)).toBeLessThan(0.05)
    const steady = await samplesOf(body, 6000, () => ({ diffusivity: diffusivity[0], failed: [] }))
    const ofField =
      steady[0]!.field.reduce((sum, __, i) => sum + deviation(steady.map(({ field }) => field[i]!)), 0) / points
    expect(Math.abs((0.01 * ofField) / noise - 1)).toBeLessThan(0.1)
    const [at, next] = [1000, samples.slice(1001, 1006)]
    samples[at]!.plan.forEach((p, h) =>
      expect(p).toBeCloseTo(
        next.reduce((s, { powers }) => s + powers[h]! / 5, 0),
        12,
      ),
    )
  },
)
