import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { key, uniform } from '@spikeward/core'
import { bestOf, isInterior, parzenPoint, placeOf, randomPoint, valueAt } from '../../src/search/strategies.js'
import { type Tried, beyond, inTurn, searchBest } from '../../src/search/searchBest.js'
import type { Dimension, Point } from '../../src/search/strategies.js'

const rate: Dimension = { name: 'rate', kind: 'number', low: 1e-4, high: 1, log: true }
const beta: Dimension = { name: 'beta', kind: 'number', low: 0, high: 1, log: false }
const width: Dimension = { name: 'width', kind: 'integer', low: 1, high: 12, log: false }
const scope: Dimension = { name: 'scope', kind: 'choice', choices: ['global', 'layerwise', 'none'] }
const space = [rate, beta, width, scope]

const uniforms = async (i: number, count: number): Promise<number[]> =>
  Array.from(await uniform(key(7).fold(i), [count], { dtype: 'f64' }).data(), Number)

describe('a dimension', () => {
  test.each(space.map((d) => [d.name, d] as const))(
    '%s has a value at every place, and the place of every value',
    (_, d) => {
      fc.assert(
        fc.property(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (u) => {
          const value = valueAt(d, u)
          const again = valueAt(d, placeOf(d, value))
          if (d.kind === 'choice') return again === value
          expect(Number(value)).toBeGreaterThanOrEqual(d.low)
          expect(Number(value)).toBeLessThanOrEqual(d.high)
          return Math.abs(Number(again) - Number(value)) <= 1e-3 * Math.abs(Number(value))
        }),
      )
    },
  )

  test('whole numbers and choices have equal parts', () => {
    const counts = new Map<unknown, number>()
    for (let i = 0; i < 1200; i++)
      for (const d of [width, scope])
        counts.set(valueAt(d, (i + 0.5) / 1200), (counts.get(valueAt(d, (i + 0.5) / 1200)) ?? 0) + 1)
    for (let n = 1; n <= 12; n++) expect(counts.get(n)).toBe(100)
    for (const name of ['global', 'layerwise', 'none']) expect(counts.get(name)).toBe(400)
  })

  test('its ends are edges, the middle is interior', () => {
    expect(isInterior(rate, 1e-2)).toBe(true)
    expect(isInterior(rate, 1e-4)).toBe(false)
    expect(isInterior(width, 12)).toBe(false)
    expect(isInterior(scope, 'none')).toBe(true)
  })
})

describe('the Parzen estimator', () => {
  /** Least at rate 0.01, beta 0.7, scope layerwise. */
  const errorOf = ({ rate: r, beta: b, scope: s }: Point): number =>
    Math.log10(Number(r) / 0.01) ** 2 + 4 * (Number(b) - 0.7) ** 2 + (s === 'layerwise' ? 0 : 1)

  async function searched(trials: number, begin: number): Promise<readonly Tried<Point>[]> {
    const tried: Tried<Point>[] = []
    for (let i = 0; i < trials; i++) {
      const random = i < begin
      const candidate = await (random ? randomPoint(space, i, uniforms) : parzenPoint(space, tried, i, uniforms))
      tried.push({ candidate, error: errorOf(candidate) })
    }
    return tried
  }

  test('is a function of what was tried and of the key', async () => {
    expect(await searched(14, 8)).toEqual(await searched(14, 8))
  })

  test('its proposals are better than random settings, in the mean and at best', async () => {
    const [guided, random] = [await searched(40, 10), await searched(40, 40)]
    const mean = (of: readonly Tried<Point>[]): number => of.reduce((sum, { error }) => sum + error, 0) / of.length
    expect(mean(guided.slice(10))).toBeLessThan(0.5 * mean(random.slice(10)))
    expect(bestOf(guided, 1)[0]!.error).toBeLessThan(bestOf(random, 1)[0]!.error)
  })

  test('failed settings are among the worse ones and do not disturb it', async () => {
    const tried: Tried<Point>[] = []
    for (let i = 0; i < 12; i++) {
      const candidate = await randomPoint(space, i, uniforms)
      tried.push({ candidate, error: Number(candidate['rate']) > 0.1 ? Infinity : errorOf(candidate) })
    }
    const rates = await Promise.all([...Array(10).keys()].map((i) => parzenPoint(space, tried, 20 + i, uniforms)))
    expect(rates.filter((p) => Number(p['rate']) > 0.1).length).toBeLessThan(3)
  })
})

test('one search tries waves until its strategy ends, and takes the first with the least error', async () => {
  const errors: Readonly<Record<number, number>> = { [-1]: 2, 0: 1, 1: 1, 2: NaN }
  const run = inTurn((candidate: number) => Promise.resolve({ candidate, error: errors[candidate] ?? Infinity }))
  const upwards = await searchBest(
    beyond([0, -1, 1], () => true),
    run,
  )
  expect([upwards.tried.map(({ candidate }) => candidate), upwards.best]).toEqual([
    [0, -1, 1],
    { candidate: 0, error: 1 },
  ])
  // Nothing has a finite error: lower ones may.
  const failing = await searchBest(
    beyond([5, 6], (place) => place > 2),
    run,
  )
  expect([failing.tried.map(({ candidate }) => candidate), failing.best]).toEqual([[5, 6, 4, 3], null])
})
