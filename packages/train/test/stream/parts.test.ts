/** The parts of a learner: the clock, the test for drift, the pairing of inputs with later targets, means. */
import { describe, expect, it } from 'vitest'
import { CLOCK_STATE, clock, clockCounts } from '../../src/stream/clock.js'
import { DRIFT_STATE, driftTest } from '../../src/stream/drift.js'
import { lagged, laggedState } from '../../src/stream/lagged.js'
import { type Normaliser, normaliser } from '../../src/stream/normaliser.js'

describe('clock', () => {
  const placed = (interval: number | undefined, ...times: readonly number[]) => {
    const one = clock(interval, 5, new Float64Array(CLOCK_STATE))
    return [times.map((t) => one.place(t)), clockCounts(one.state)] as const
  }
  it('passes over samples that are late or doubled', () => {
    const [found, counts] = placed(undefined, 1, 2, 2, 1.5, 3, 90)
    expect(found).toEqual([0, 0, null, null, 0, 0])
    expect(counts).toEqual({ late: 1, doubled: 1, missing: 0, jumps: 0 })
  })
  it('fills a gap, with times that are not quite regular', () => {
    const [found, counts] = placed(0.5, 10, 10.6, 11, 12.4, 12.1, 12.9)
    expect(found).toEqual([0, 0, 0, 2, null, 0])
    expect(counts).toEqual({ late: 1, doubled: 0, missing: 2, jumps: 0 })
  })
  it('parts what was before a clock was set from what follows, forward and back', () => {
    const [found, counts] = placed(1, 5000, 5001, 9000, 9001, 20, 21)
    expect(found).toEqual([0, 0, 5, 0, 5, 0])
    expect(counts).toEqual({ late: 0, doubled: 0, missing: 0, jumps: 2 })
  })
})

describe('drift', () => {
  /** Absolute values of normal numbers, by Box and Muller from a linear congruential generator. */
  const noise = (length: number): number[] => {
    let seed = 1
    const next = (): number => (seed = (1664525 * seed + 1013904223) % 2 ** 32) / 2 ** 32
    return Array.from({ length }, () => Math.abs(Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())))
  }
  const noticed = (errors: readonly number[]): number[] => {
    const one = driftTest(10_000, new Float64Array(DRIFT_STATE))
    return errors.flatMap((e, i) => (one.add(e) ? [i] : []))
  }
  it('stays silent while errors stay or fall', () => {
    expect(noticed(noise(100_000))).toEqual([])
    expect(noticed(noise(5000).map((e, i) => e * Math.exp(-i / 500)))).toEqual([])
  })
  it('notices a jump to three times the errors within 60 samples, once', () => {
    const [first, ...more] = noticed(noise(4000).map((e, i) => (i < 1000 ? e : 3 * e)))
    expect(first).toBeGreaterThanOrEqual(1000)
    expect(first).toBeLessThan(1060)
    expect(more).toEqual([])
  })
  it('ignores samples without an error', () => {
    const one = driftTest(100, new Float64Array(DRIFT_STATE))
    expect(one.add(NaN)).toBe(false)
    expect(Array.from(one.state)).toEqual([0, 0, 0, 0])
  })
})

describe('lagged', () => {
  it('gives the row at a lag, and those before it', () => {
    const one = lagged(1, 2, new Float64Array(laggedState(1, 2, 2)))
    const pushed = (t: number, lag: number) => {
      one.push([t])
      const row = one.at(lag)
      return row && Array.from(row)
    }
    expect([0, 1, 2, 3, 4].map((t) => pushed(t, 2))).toEqual([null, null, [0, NaN], [1, 0], [2, 1]])
    expect(pushed(5, 0)).toEqual([5, 4])
    const two = lagged(2, 1, new Float64Array(laggedState(2, 0, 1)))
    two.push([7, 8])
    expect(Array.from(two.at(0)!)).toEqual([7, 8])
  })
})

it('holds the last number of a row, where it may', () => {
  const one = lagged(2, 1, new Float64Array(laggedState(2, 1, 1)), true)
  one.push([1, 2])
  one.push([NaN, 3])
  expect([...one.at(0)!, ...one.at(1)!]).toEqual([1, 3, 1, 2])
  one.push([NaN, NaN], false)
  expect([...one.at(0)!, ...one.at(1)!]).toEqual([NaN, NaN, 1, 3])
  one.push([4, NaN])
  expect(Array.from(one.at(0)!)).toEqual([4, NaN])
})

describe('means', () => {
  const described = (one: Normaliser): number[] => {
    const [offsets, scales] = [new Float64Array(1), new Float64Array(1)]
    one.describe(offsets, scales)
    return [...offsets, ...scales]
  }
  it('standardise delayed numbers as those of now, restore by the means of then, and forget', () => {
    const one = normaliser(1, 1000, new Float64Array(3))
    for (const v of [1, 3, 1, 3, NaN]) one.add([v])
    const found = new Float32Array(3)
    one.standardise([3, 1, NaN], found)
    expect(Array.from(found)).toEqual([1, -1, 0])
    expect(described(one)).toEqual([2, 1])
    one.forget(1)
    one.add([100])
    expect(described(one)[0]).toBeCloseTo(51, 9)
  })
  it('count a number far away as ten deviations, and follow it if it stays', () => {
    const one = normaliser(1, 1000, new Float64Array(3))
    for (let i = 0; i < 100; i++) one.add([i % 2])
    one.add([1e9])
    expect(described(one)[0]).toBeLessThan(0.6)
    for (let i = 0; i < 5000; i++) one.add([1e9 + (i % 2)])
    const found = new Float32Array(1)
    one.standardise([1e9], found)
    expect(found[0]).toBeLessThan(2)
  })
})
