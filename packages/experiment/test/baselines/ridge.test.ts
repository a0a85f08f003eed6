import { noRidge } from '../../src/assembly/regressionExperiment.js'
import { describe, expect, it } from 'vitest'
import { cpu } from '@spikeward/backend-cpu'
import { mexicanHat, poisson1d } from '@spikeward/problems'
import { fewOutputs, operatorRows, pointRows, someRows, standardised } from '../../src/baselines/baselineData.js'
import type { BaselineData, Rows } from '../../src/baselines/baselineData.js'
import { gaussianRegression } from '../../src/baselines/gaussianRegression.js'
import { kernelRidge } from '../../src/baselines/kernelRidge.js'
import { linearRidge } from '../../src/baselines/linearRidge.js'

/** Rows of x in [−1, 1]^inputs, by a generator of a fixed start. */
function rowsOf(count: number, inputs: number, start: number, y: (x: Float64Array) => readonly number[]): Rows {
  let state = start
  const x = Float64Array.from({ length: count * inputs }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
  const values = Array.from({ length: count }, (_, r) => y(x.subarray(r * inputs, (r + 1) * inputs))).flat()
  return { x, y: Float64Array.from(values), count }
}

const setsOf = (count: number, inputs: number, y: (x: Float64Array) => readonly number[]): BaselineData => ({
  train: rowsOf(count, inputs, 1, y),
  validation: rowsOf(40, inputs, 2, y),
  test: rowsOf(50, inputs, 3, y),
  units: Array.from({ length: inputs }, () => 1),
  error: 'pooled',
})

const affine = (x: Float64Array): readonly number[] => [1 + 2 * x[0]! - 3 * x[1]!, x[2]! + 5]

describe('standardised', () => {
  it('gives rows a mean square of 1, of which each unit has the same part', () => {
    const x = Float64Array.of(0, 100, 1000, 2, 300, 5000, 4, 500, 3000)
    const z = standardised(x, 3, [1, 2])(x)
    const square = (columns: readonly number[]): number =>
      z.reduce((s, v, i) => s + (columns.includes(i % 3) ? v * v : 0), 0) / 3
    expect(square([0])).toBeCloseTo(0.5, 12)
    expect(square([1, 2])).toBeCloseTo(0.5, 12)
    expect(() => standardised(x, 3, [1, 1])).toThrow('INVALID_ARGUMENT')
  })
})

describe('someRows', () => {
  it('takes a subset of whole rows, the same on every call', () => {
    const rows = rowsOf(500, 3, 5, affine)
    const some = someRows(rows, 60)
    expect(some.count).toBe(60)
    expect(someRows(rows, 60)).toEqual(some)
    for (let r = 0; r < some.count; r++) {
      const x = some.x.subarray(r * 3, (r + 1) * 3)
      expect(Array.from(some.y.subarray(r * 2, (r + 1) * 2))).toEqual(affine(x))
    }
    expect(new Set(some.x).size).toBe(180)
    expect(someRows(rows, 500)).toBe(rows)
  })
})

describe('fewOutputs', () => {
  it('takes outputs at every place of each axis of a grid', () => {
    // 32 · 32 · 6 points: equal steps of 24 would stay on one of the six times.
    const y = Float64Array.from({ length: 2 * 6144 }, (_, i) => i % 6144)
    const few = fewOutputs({ x: new Float64Array(2), y, count: 2 })
    expect(few.y).toHaveLength(512)
    expect(few.y.subarray(256)).toEqual(few.y.subarray(0, 256))
    expect(new Set(few.y).size).toBe(256)
    for (const [step, length] of [
      [1, 6],
      [6, 32],
      [192, 32],
    ] as const)
      expect(new Set(Array.from(few.y, (v) => Math.floor(v / step) % length)).size).toBe(length)
  })
})

describe('linearRidge', () => {
  it.each([
    ['more rows than inputs', 100],
    ['fewer rows than inputs', 3],
  ])('finds an affine map from %s', async (_, count) => {
    const found = await linearRidge(setsOf(count, 3, count === 3 ? () => [1, 2] : affine))
    expect(found.relativeL2).toBeLessThan(1e-10)
    expect(found).toMatchObject({ rows: count, of: count })
  })

  it('chooses a large penalty where the targets are noise', async () => {
    let state = 1
    const noise = (): readonly number[] => [(state = (state * 48271) % 2147483647) / 2 ** 30 - 1]
    const found = await linearRidge(setsOf(60, 20, noise))
    expect(found.penalty).toBeGreaterThan(1e-3)
  })
})

describe('kernelRidge', () => {
  it('weighs components by their deviations in the metric of the spread', async () => {
    const [wide, narrow] = [2, 0.5]
    const rows = (a: number, b: number): Rows => ({
      x: Float64Array.of(a, 0, -a, 0, 0, b, 0, -b),
      y: Float64Array.of(1, 2, 4, 8),
      count: 4,
    })
    const settings = { width: 0.7, penalty: 0.01 }
    const predicted = async (metric: 'euclidean' | 'spread', train: Rows, at: readonly [number, number]) => {
      const regression = gaussianRegression(train, { units: [2], divide: false, metric, backend: undefined })
      const [found] = await regression.predict({ x: Float64Array.from(at), y: Float64Array.of(0), count: 1 }, settings)
      regression.dispose()
      return found!
    }
    // The components are the axes, so that each is stretched by the root of its deviation.
    const [p, q] = [Math.sqrt(wide), Math.sqrt(narrow)]
    const spread = await predicted('spread', rows(wide, narrow), [0.3, 0.2])
    expect(spread).toBeCloseTo(await predicted('euclidean', rows(wide * p, narrow * q), [0.3 * p, 0.2 * q]), 9)
    expect(spread).not.toBeCloseTo(await predicted('euclidean', rows(wide, narrow), [0.3, 0.2]), 3)
  })

  it('predicts many rows as it predicts a few', async () => {
    const train = rowsOf(30, 2, 1, (x) => [x[0]! * x[1]!])
    const many = rowsOf(2100, 2, 2, () => [0])
    const regression = gaussianRegression(train, {
      units: [1, 1],
      divide: false,
      metric: 'euclidean',
      backend: undefined,
    })
    const settings = { width: 0.5, penalty: 1e-6 }
    const found = await regression.predict(many, settings)
    const last = { x: many.x.subarray(2 * 2090), y: many.y.subarray(2090), count: 10 }
    const few = await regression.predict(last, settings)
    few.forEach((v, i) => expect(found[2090 + i]).toBeCloseTo(v, 9))
    regression.dispose()
  })

  it('is the closed form on two centres', async () => {
    const train: Rows = { x: Float64Array.of(-1, 1), y: Float64Array.of(3, 7), count: 2 }
    const regression = gaussianRegression(train, { units: [1], divide: false, metric: 'euclidean', backend: undefined })
    const [width, penalty] = [0.8, 0.05]
    const at: Rows = { x: Float64Array.of(0.3), y: new Float64Array(1), count: 1 }
    const [found] = await regression.predict(at, { width, penalty })
    regression.dispose()
    // By symmetry α = (−a, a) with (1 + nλ − k(2)) a = 2; z = x, since the mean square of x is 1.
    const k = (d: number): number => Math.exp((-d * d) / (2 * width ** 2))
    const a = 2 / (1 + 2 * penalty - k(2))
    expect(found).toBeCloseTo(5 + a * (k(0.7) - k(1.3)), 12)
  })

  it('learns a smooth function of points, with a random subset of centres', async () => {
    const backend = await cpu()
    const data = setsOf(200, 2, (x) => [Math.sin(3 * x[0]! + x[1]!)])
    const all = await kernelRidge(data, { backend })
    expect(all.relativeL2).toBeLessThan(1e-6)
    expect(all).toMatchObject({ centres: 200, of: 200, divide: false })
    const some = await kernelRidge(data, { backend, centres: 40 })
    expect(some).toMatchObject({ centres: 40, of: 200 })
    expect(some.relativeL2).toBeGreaterThan(all.relativeL2)
    await backend[Symbol.asyncDispose]()
  })

  it('divides out the amplitude of a linear operator', async () => {
    const backend = await cpu()
    const problem = poisson1d({ train: 60, validation: 20, test: 30, sensors: 21 })
    const [train, validation, test] = await Promise.all(
      (['train', 'validation', 'test'] as const).map((split) => problem.data(split)),
    )
    const data = operatorRows(problem, { train: train!, validation: validation!, test: test! })
    const found = await kernelRidge(data, { backend })
    expect(found.divide).toBe(true)
    expect(found.relativeL2).toBeLessThan(1e-5)
    expect((await linearRidge(data, { backend })).relativeL2).toBeLessThan(1e-5)
    await backend[Symbol.asyncDispose]()
  })

  it('has the error of the Mexican hat that a Gaussian interpolation has', async () => {
    const backend = await cpu()
    const data = pointRows(mexicanHat({ train: 12, test: 15, validation: 100 }))
    expect((await kernelRidge(data, { backend })).relativeL2).toBeLessThan(0.02)
    expect((await linearRidge(data, { backend })).relativeL2).toBeGreaterThan(0.9)
    await backend[Symbol.asyncDispose]()
  })
})

it('a readout of more than 4,096 features has no baseline', () => {
  expect([noRidge(0), noRidge(4096), noRidge(4097)]).toEqual([
    expect.stringContaining('none'),
    null,
    expect.stringContaining('4096'),
  ])
})
