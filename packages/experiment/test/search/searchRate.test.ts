import { describe, expect, test } from 'vitest'
import { type Trial, searchRate } from '../../src/comparison/trial.js'

describe('the search of a rate', () => {
  /** A validation error that is smallest at `best`, and NaN from `limit` on. */
  const landscape =
    (best: number, limit = Infinity) =>
    (learningRate: number): Promise<Trial> => {
      const validation = learningRate >= limit ? null : Math.abs(Math.log(learningRate / best))
      return Promise.resolve({ steps: 100, seconds: 0.5, validation } as Trial)
    }

  test('continues beyond the best end, and stops in the interior', async () => {
    const up = await searchRate(1e-3, 8, landscape(0.03))
    expect(up.learningRate).toBeCloseTo(0.0316)
    expect(up.atEdge).toBe(false)
    const inside = await searchRate(1e-3, 8, landscape(1e-3))
    expect(inside.tried.map((t) => t.learningRate)).toEqual([0.000316, 0.001, 0.00316])
  })

  test('goes down from rates at which every run fails, and reports when it runs out of tries', async () => {
    expect((await searchRate(1, 10, landscape(0.01, 0.05))).learningRate).toBeCloseTo(0.01)
    const short = await searchRate(1e-3, 4, landscape(10))
    expect(short).toMatchObject({ atEdge: true, learningRate: 0.01 })
    expect(short.tried).toHaveLength(4)
    expect(await searchRate(0.5, 1, landscape(1))).toMatchObject({ tried: [], learningRate: 0.5 })
  })
})
