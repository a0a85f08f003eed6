import { key } from '@spikeward/core'
import { expect, it, test } from 'vitest'
import { bearing, bearingVibration, exampleStreams, tankLevels, tankRun, tanks, wearing } from '../../src/index.js'

const steady = (value: number, rows: number): Float64Array => new Float64Array(rows).fill(value)
const deviation = (values: Float64Array): number => {
  const mean = values.reduce((a, b) => a + b) / values.length
  return Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / values.length)
}

test.each([1, 2, 3])('both tanks settle at the square of a voltage of %d', (u) => {
  const levels = tankLevels(steady(u, 600))
  expect(levels.at(-2)).toBeCloseTo(u ** 2, 6)
  expect(levels.at(-1)).toBeCloseTo(u ** 2, 6)
})

test('no water is lost while no tank flows over, and the upper one alone follows its closed form', () => {
  // With u = 0 and x₂ ≥ 0: √x₁ falls by 0.025 a second.
  const levels = tankLevels(steady(0, 20), [9, 1])
  for (let row = 0; row < 20; row++) expect(levels[2 * row]).toBeCloseTo((3 - 0.025 * tanks.interval * row) ** 2, 8)
  // d(x₁ + x₂)/dt = 0.05 (u − √x₂), by Simpson's rule over two rows.
  const u = 1.7
  const rows = tankLevels(steady(u, 100))
  const out = (row: number): number => Math.sqrt(rows[2 * row + 1]!)
  for (let row = 10; row < 90; row += 2) {
    const gain = rows[2 * row + 4]! + rows[2 * row + 5]! - rows[2 * row]! - rows[2 * row + 1]!
    const flow = (tanks.interval / 3) * (6 * u - out(row) - 4 * out(row + 1) - out(row + 2))
    expect(gain).toBeCloseTo(0.05 * flow, 6)
  }
})

test('a tank that is full stays full, and half of what flows over falls into the lower one', () => {
  const levels = tankLevels(steady(3.3, 800))
  expect(levels.at(-2)).toBe(tanks.height)
  // In: √10 and half of 3.3 − √10 flow over. Out: √x₂, at most √10.
  expect(levels.at(-1)).toBe(tanks.height)
  const falling = tankLevels(steady(3.3, 4), [tanks.height, 4])
  const inflow = Math.sqrt(10) + tanks.caught * (3.3 - Math.sqrt(10))
  expect((falling[3]! - 4) / tanks.interval).toBeCloseTo(0.05 * (inflow - 2), 2)
})

test('a run of the tanks flows over now and then, and its readings have the noise', async () => {
  const { voltages, readings } = await tankRun(key(3), 1024)
  const levels = tankLevels(voltages)
  const full = voltages.filter((_, t) => levels[2 * t] === tanks.height).length / 1024
  expect(full).toBeGreaterThan(0.01)
  expect(full).toBeLessThan(0.3)
  expect(deviation(readings.map((y, t) => y - levels[2 * t + 1]!)) / tanks.noise).toBeCloseTo(1, 1)
})

test('a sound machine has its harmonics and noise, and a defect adds impulses at the rate of the balls', async () => {
  const count = 16_000
  const sound = await bearingVibration(key(1), count, () => ({ load: 1, severity: 0 }))
  expect(deviation(sound)).toBeCloseTo(Math.sqrt((1 + 0.25 + 0.0625) / 2 + bearing.noise ** 2), 1)
  const worn = await bearingVibration(key(1), count, () => ({ load: 1, severity: 1 }))
  // The same numbers are drawn: what is left is the response to the impulses.
  const response = worn.map((v, t) => v - sound[t]!)
  const starts = response.reduce(
    (n, v, t) => (Math.abs(v) > 0.8 && Math.abs(response[t - 2] ?? 0) < 0.5 ? n + 1 : n),
    0,
  )
  const expected = (count / bearing.revolution) * bearing.passes
  expect(Math.abs(starts / expected - 1)).toBeLessThan(0.1)
})

test('the load rises before the defect does', () => {
  const at = wearing(8000)
  expect([0, 2000, 2500, 3000, 4000, 6000].map((t) => at(t))).toEqual([
    { load: 1, severity: 0 },
    { load: 1, severity: 0 },
    { load: 1.15, severity: 0 },
    { load: 1.3, severity: 0 },
    { load: 1.3, severity: 0 },
    { load: 1.3, severity: 0.5 },
  ])
})

it.each(Object.entries(exampleStreams))('%s has as many rows as are wanted, by its key', async (_, stream) => {
  const rowsOf = async (k: number): Promise<number[][]> => {
    const rows: number[][] = []
    for await (const row of stream.rows(key(k), 90)) rows.push(Array.from(row))
    return rows
  }
  const rows = await rowsOf(1)
  expect(rows.length).toBe(90)
  expect(rows.every((row) => row.length === stream.columns.length && !row.some((v) => Math.abs(v) > 100))).toBe(true)
  expect(await rowsOf(1)).toEqual(rows)
  expect(await rowsOf(2)).not.toEqual(rows)
})
