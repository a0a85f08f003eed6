import { describe, expect, test } from 'vitest'
import { sampleMedian as median } from '@spikeward/train'
import { alternate, least, ratio } from '../../src/step/alternate.js'

describe('median and least', () => {
  test('of odd and even counts, in any order', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(median([7])).toBe(7)
    expect(median([])).toBeNaN()
    expect(least([3, 1, 2])).toBe(1)
  })
})

describe('alternate', () => {
  test('reverses the order in every second round, and compares round by round', async () => {
    const order: string[] = []
    let slow = 1
    const runner = (name: string, ms: number) => ({
      name,
      async round(n: number) {
        order.push(name)
        // The machine becomes slower and slower: separate timings would be unfair.
        slow *= 1.5
        return new Array<number>(n).fill(ms * slow)
      },
    })
    const [a, b] = await alternate([runner('a', 20), runner('b', 40)], 4, 250)
    expect(order.join('')).toBe('aabb' + 'abbaabba')
    expect(a?.rounds).toHaveLength(4)
    if (a === undefined || b === undefined) throw new Error('two timings expected')
    // 1/2 · 1.5 or 1/2 / 1.5, in turn: the median of an even number of rounds is in between.
    expect(ratio(a, b)).toBeCloseTo((0.5 / 1.5 + 0.5 * 1.5) / 2)
    expect(a.minMs).toBeLessThan(a.medianMs)
  })

  test('fills a round with as many steps as fit, at least three of those that take less than a second', async () => {
    const counts = async (ms: number, roundMs: number) => {
      const asked: number[] = []
      const round = (n: number) => (asked.push(n), Promise.resolve(new Array<number>(n).fill(ms)))
      await alternate([{ name: 'a', round }], 1, roundMs)
      return asked
    }
    expect(await counts(10, 250)).toEqual([1, 3, 25])
    expect(await counts(0.1, 250)).toEqual([1, 3, 200])
    expect(await counts(900, 250)).toEqual([1, 3, 3])
    expect(await counts(1100, 250)).toEqual([1, 1])
    expect(await counts(0.1, 0)).toEqual([1, 1])
  })
})
