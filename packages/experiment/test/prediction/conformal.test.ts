import { expect, test } from 'vitest'
import { conformalRadii, intervalsOf } from '../../src/prediction/conformal.js'
import { train } from '../../src/train/train.js'

test('the radius is the ⌈(n + 1)·level⌉-th smallest error, for each column', () => {
  const measured = new Float64Array(18)
  const predicted = Float64Array.from({ length: 18 }, (_, i) => (i % 2 === 0 ? -1 : 10) * (9 - (i >> 1)))
  // Nine rows: ⌈10 · 0.5⌉ = 5, ⌈10 · 0.9⌉ = 9.
  expect([...conformalRadii(0.5, 9, predicted, measured).radii]).toEqual([5, 50])
  expect([...conformalRadii(0.9, 9, predicted, measured).radii]).toEqual([9, 90])
})

test('too few rows, and unknown values, are refused', () => {
  expect(() => conformalRadii(0.9, 8, new Float64Array(8), new Float64Array(8))).toThrow('9 are needed')
  expect(() => conformalRadii(0.5, 9, new Float64Array(9), new Float64Array(9).fill(NaN))).toThrow('INTERVAL_VALUES')
})

/** Numbers in [0, 1), the same for the same key. */
function uniforms(key: number): () => number {
  let state = (key + 1) * 2654435769
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Measurements of y = sin 3a + b with noise that grows with a, which no interval of one length knows. */
const noisy = (key: number, rows: number): number[][] => {
  const next = uniforms(key)
  return Array.from({ length: rows }, () => {
    const [a, b] = [2 * next() - 1, next()]
    const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
    return [a, b, Math.sin(3 * a) + b + 0.1 * (1.5 + a) * normal]
  })
}

test('over ten keys, intervals of 90 % contain 88 to 92 % of 1,000 rows that nothing has seen', async () => {
  const covered: number[] = []
  for (let key = 0; key < 10; key++) {
    const rows = noisy(key, 2500)
    await using run = await train({
      data: {
        inputs: rows.map((row) => row.slice(0, 2)),
        outputs: rows.map((row) => row.slice(2)),
        split: { validation: 0.2, test: 0.4 },
      },
      estimator: 'eligibility',
      hidden: [20],
      time: 8,
      steps: 60,
      batch: 64,
      key,
      backend: 'cpu',
      baselines: 'none',
    })
    const { radii, count } = await intervalsOf(run.experiment, run.variables, 0.9)
    expect(count).toBe(500)
    const { prediction } = await run.experiment.measure(run.variables, 'test')
    if (run.experiment.kind !== 'regression') throw new Error('a table is a regression')
    const { y } = run.experiment.problem.points('test')
    expect(y).toHaveLength(1000)
    covered.push(y.filter((v, i) => Math.abs(v - prediction[i]!) <= radii[0]!).length / 1000)
  }
  const mean = covered.reduce((a, b) => a + b, 0) / 10
  expect(mean, covered.join(', ')).toBeGreaterThan(0.88)
  expect(mean, covered.join(', ')).toBeLessThan(0.92)
})
