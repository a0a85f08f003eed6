import type { PointSet, RegressionProblem } from '@spikeward/core'
import { describeProblem } from '@spikeward/testkit'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { mexicanHat, parabola, poisson1d, poissonPinn, relativeL2, ripple } from '../src/index.js'

const splits = ['train', 'validation', 'test'] as const
const rows: [RegressionProblem, { train: number; validation: number; test: number }, number[] | null][] = [
  [parabola(), { train: 100, validation: 100, test: 201 }, [100]],
  [mexicanHat(), { train: 1024, validation: 1024, test: 4225 }, [32, 32]],
  [mexicanHat({ s: 0.8, train: 8, test: 9, validation: 10 }), { train: 64, validation: 10, test: 81 }, [8, 8]],
  [ripple(), { train: 1024, validation: 1024, test: 4225 }, [32, 32]],
]

const ids = ({ x, count }: PointSet): string[] =>
  Array.from({ length: count }, (_, p) =>
    Array.from(x.subarray((p * x.length) / count, ((p + 1) * x.length) / count), Math.fround).join(','),
  )

const code = (f: () => unknown): string | undefined => {
  try {
    f()
  } catch (e) {
    return (e as { code?: string }).code
  }
  return undefined
}

describeProblem(() => parabola())
describeProblem(() => mexicanHat())
describeProblem(() => ripple())

describe.each(rows)('%o', (problem, counts, grid) => {
  it('has the stated numbers of points, inside the domain, with the target at each', () => {
    for (const split of splits) {
      const { x, y, count } = problem.points(split)
      expect(count).toBe(counts[split])
      expect(x.length).toBe(count * problem.inputs)
      expect(y.length).toBe(count * problem.outputs)
      for (let p = 0; p < count; p++) {
        const at = [...x.subarray(p * problem.inputs, (p + 1) * problem.inputs)]
        at.forEach((v, a) => expect(v >= problem.domain[a]![0] && v <= problem.domain[a]![1]).toBe(true))
        expect([...y.subarray(p * problem.outputs, (p + 1) * problem.outputs)]).toEqual(problem.target?.(at))
      }
    }
    expect(problem.points('train').grid).toEqual(grid)
  })

  it('separates its three sets: no point in two of them, none twice', () => {
    const all = splits.flatMap((s) => ids(problem.points(s)))
    expect(new Set(all).size).toBe(all.length)
  })
})

test.each<[string, (split: never) => unknown]>([
  ['a function of points', (split) => parabola().points(split)],
  ['an equation', (split) => poissonPinn().points(split)],
  ['an operator', (split) => poisson1d({ train: 2, validation: 1, test: 1 }).data(split)],
])('%s names its sets if it is asked for another one', async (_, ask) => {
  const named =
    /has the sets train, validation, test; (points|data) was asked for the text "tests"; .*\[UNKNOWN_SPLIT\]/
  await expect(async () => ask('tests' as never)).rejects.toThrow(named)
  await expect(async () => ask(undefined as never)).rejects.toThrow(/asked for undefined/)
})

describe('targets', () => {
  it('parabola', () => expect(parabola().target?.([-0.5])).toEqual([0.25]))

  it('mexicanHat: height, zero ring, depth, and the definition at a point', () => {
    const s = 0.4
    const hat = (a: number, b: number) => mexicanHat().target?.([a, b])[0] ?? NaN
    expect(hat(0, 0)).toBeCloseTo(1 / (Math.PI * s ** 4), 12)
    expect(hat(s * Math.SQRT2, 0)).toBeCloseTo(0, 10)
    expect(hat(0, 2 * s)).toBeCloseTo(-Math.exp(-2) / (Math.PI * s ** 4), 10)
    const r2 = 0.3 ** 2 + 0.7 ** 2
    expect(hat(0.3, -0.7)).toBeCloseTo(((1 - r2 / (2 * s * s)) * Math.exp(-r2 / (2 * s * s))) / (Math.PI * s ** 4), 12)
  })

  it('mexicanHat is minus half the Laplacian of the Gaussian that it is made of', () => {
    // G = exp(−r²/2s²)/(2π s²):  −ΔG = (2 − r²/s²) exp(−r²/2s²) / (2π s⁴) = the hat.
    const s = 0.5
    const gauss = (a: number, b: number) => Math.exp(-(a * a + b * b) / (2 * s * s)) / (2 * Math.PI * s * s)
    const h = 1e-3
    const [a, b] = [0.31, -0.22]
    const laplacian = (gauss(a + h, b) + gauss(a - h, b) + gauss(a, b + h) + gauss(a, b - h) - 4 * gauss(a, b)) / h ** 2
    expect(mexicanHat({ s }).target?.([a, b])[0]).toBeCloseTo(-laplacian, 5)
  })

  it('ripple, sine: ½ at the origin, ¾ at r = 1/8', () => {
    const f = (a: number, b: number) => ripple({ form: 'sine' }).target?.([a, b])[0] ?? NaN
    expect(f(0, 0)).toBe(0.5)
    expect(f(0.075, 0.1)).toBeCloseTo(0.75, 12)
  })

  it('ripple: 1 at the origin, radial', () => {
    const f = (a: number, b: number) => ripple({ frequency: 4, decay: 1 }).target?.([a, b])[0] ?? NaN
    expect(f(0, 0)).toBe(1)
    expect(f(0.6, 0.8)).toBeCloseTo(Math.cos(4) * Math.exp(-1), 12)
  })

  it('refuses impossible options', () => {
    expect(code(() => mexicanHat({ s: 0 }))).toBe('INVALID_OPTION')
    expect(code(() => mexicanHat({ s: NaN }))).toBe('INVALID_OPTION')
    expect(code(() => ripple({ decay: -1 }))).toBe('INVALID_OPTION')
    expect(code(() => parabola({ validation: 0 }))).toBe('INVALID_OPTION')
    // Three ends and three centres share the origin.
    expect(code(() => parabola({ train: 3, test: 3 }))).toBe('SPLITS_OVERLAP')
  })
})

describe('relativeL2', () => {
  const values = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 20 })

  it('is 0 for the target, 1 for zero, |c| for (1 + c) times the target', () => {
    fc.assert(
      fc.property(values, fc.double({ min: -2, max: 2, noNaN: true }), (y, c) => {
        fc.pre(y.some((v) => Math.abs(v) > 1e-3))
        expect(relativeL2(y, y)).toBe(0)
        expect(
          relativeL2(
            y.map(() => 0),
            y,
          ),
        ).toBeCloseTo(1, 12)
        expect(
          relativeL2(
            y.map((v) => v * (1 + c)),
            y,
          ),
        ).toBeCloseTo(Math.abs(c), 9)
      }),
    )
  })

  it('carries NaN and Infinity on, and refuses unequal lengths', () => {
    expect(relativeL2([NaN, 1], [1, 1])).toBeNaN()
    expect(relativeL2([1], [0])).toBe(Infinity)
    expect(code(() => relativeL2([1], [1, 2]))).toBe('SHAPE_MISMATCH')
    expect(code(() => relativeL2([], []))).toBe('SHAPE_MISMATCH')
  })
})

describe('noise', () => {
  const residuals = (share: number): number[] => {
    const [exact, noisy] = [ripple().points('train').y, ripple({ noise: share }).points('train').y]
    return Array.from(exact, (v, i) => noisy[i]! - v)
  }

  it('changes only the training targets, is reproducible, and has the requested deviation', () => {
    const { y, count } = ripple().points('train')
    const mean = y.reduce((a, b) => a + b, 0) / count
    const deviation = Math.hypot(...Array.from(y, (v) => v - mean)) / Math.sqrt(count)
    const found = residuals(0.5)
    const by = Math.hypot(...found) / Math.sqrt(count) / deviation
    // The deviation of 1024 numbers has a standard error of 2.2%, their mean one of 3.1%.
    expect(Math.abs(by - 0.5)).toBeLessThan(4 * 0.022 * 0.5)
    expect(Math.abs(found.reduce((a, b) => a + b, 0) / count)).toBeLessThan(4 * 0.031 * 0.5 * deviation)
    expect(found).toEqual(residuals(0.5))
    for (const split of ['validation', 'test'] as const)
      expect(ripple({ noise: 0.5 }).points(split)).toEqual(ripple().points(split))
    expect(residuals(0)).toEqual(found.map(() => 0))
  })
})
