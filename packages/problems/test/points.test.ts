import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gridRegression } from '@spikeward/problems'
import { gridPoints, scatteredPoints } from '../src/geometry/gridPoints.js'
import { assertDisjoint, pointSet } from '../src/regression/pointSet.js'

const code = (f: () => unknown): string | undefined => {
  try {
    f()
  } catch (e) {
    return (e as { code?: string }).code
  }
  return undefined
}

describe('gridPoints', () => {
  it('is row-major, ends included', () => {
    expect([
      ...gridPoints(
        [
          [-1, 1],
          [0, 3],
        ],
        [2, 3],
        'ends',
      ),
    ]).toEqual([-1, 0, -1, 1.5, -1, 3, 1, 0, 1, 1.5, 1, 3])
  })

  it('puts centres in the middle of equal cells', () => {
    expect([...gridPoints([[0, 4]], [4], 'centres')]).toEqual([0.5, 1.5, 2.5, 3.5])
  })

  it('is symmetric on symmetric intervals, bit for bit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.constantFrom('ends' as const, 'centres' as const), (n, where) => {
        const x = gridPoints([[-1, 1]], [n], where)
        return x.every((v, i) => v === -x[n - 1 - i]!)
      }),
    )
  })

  it('refuses impossible grids', () => {
    expect(code(() => gridPoints([[0, 1]], [1], 'ends'))).toBe('INVALID_OPTION')
    expect(code(() => gridPoints([[0, 1]], [2.5], 'centres'))).toBe('INVALID_OPTION')
    expect(code(() => gridPoints([[0, 1]], [3, 3], 'ends'))).toBe('INVALID_OPTION')
  })
})

describe('scatteredPoints', () => {
  it('stays inside, and spreads more evenly than a random set would', () => {
    const n = 1024
    const x = scatteredPoints(
      [
        [-1, 1],
        [2, 5],
      ],
      n,
    )
    const cells = new Array<number>(64).fill(0)
    for (let p = 0; p < n; p++) {
      const a = (x[2 * p]! + 1) / 2
      const b = (x[2 * p + 1]! - 2) / 3
      expect(a >= 0 && a < 1 && b >= 0 && b < 1).toBe(true)
      cells[Math.floor(a * 8) * 8 + Math.floor(b * 8)]!++
    }
    // 16 a cell expected; a random set spreads with a deviation of 4 and nearly always leaves a cell with 7 or fewer.
    expect(Math.min(...cells)).toBeGreaterThanOrEqual(13)
    expect(Math.max(...cells)).toBeLessThanOrEqual(19)
  })

  it('is the golden-ratio sequence in one dimension', () => {
    const x = scatteredPoints([[0, 1]], 3)
    const g = (Math.sqrt(5) - 1) / 2
    ;[1, 2, 3].forEach((k, i) => expect(x[i]).toBeCloseTo((0.5 + k * g) % 1, 12))
  })
})

describe('assertDisjoint', () => {
  const set = (x: number[]) => pointSet(Float64Array.from(x), 1, 1, ([v = 0]) => [v], null)

  it('finds a shared point, even one that is shared only in f32, and takes −0 as 0', () => {
    expect(code(() => assertDisjoint(1, { train: set([0.1, 0.2]), test: set([0.3, 0.2]) }))).toBe('SPLITS_OVERLAP')
    expect(code(() => assertDisjoint(1, { train: set([0.1]), test: set([0.1 + 1e-12]) }))).toBe('SPLITS_OVERLAP')
    expect(code(() => assertDisjoint(1, { train: set([0]), test: set([-0]) }))).toBe('SPLITS_OVERLAP')
    const [few, many] = [set([0.5]), set([0.1, 0.2, 0.5])]
    for (const sets of [
      { train: few, test: many },
      { train: many, test: few },
      { train: set([9]), validation: few, test: many },
    ])
      expect(code(() => assertDisjoint(1, sets))).toBe('SPLITS_OVERLAP')
  })

  it('allows repeats within one set', () => {
    expect(code(() => assertDisjoint(1, { train: set([0.1, 0.1]), test: set([0.2]) }))).toBeUndefined()
  })
})

describe('gridRegression', () => {
  it('computes targets for a set that is asked for, once', () => {
    let calls = 0
    const target = ([x = 0]: readonly number[]): number[] => [(calls++, x)]
    const problem = gridRegression({
      name: 'line',
      domain: [[0, 1]],
      outputs: 1,
      target,
      train: [4],
      test: [5],
      validation: 3,
    })
    expect(calls).toBe(0)
    expect(problem.points('test').y).toEqual(problem.points('test').x)
    expect(calls).toBe(5)
    expect(problem.points('train')).toBe(problem.points('train'))
    expect(calls).toBe(9)
  })
})
