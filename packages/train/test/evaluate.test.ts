import { type Network, type OperatorData, type PointSet, type Tensor, add, key, matmul, tensor } from '@spikeward/core'
import { poisson1d, relativeL2 } from '@spikeward/problems'
import { describe, expect, it } from 'vitest'
import { evaluate, evaluateOperator, evaluator } from '../src/index.js'
import { codeOf, network, problem } from './fixtures.js'

/** y = (x₁ + 2x₂, −x₁). */
const linear: Network<{ readonly weight: Tensor }> = {
  name: 'linear',
  init: () => ({
    weight: tensor([
      [1, -1],
      [2, 0],
    ]),
  }),
  apply: (p, x) => add(matmul(x, p.weight), 0),
}
const points: PointSet = {
  x: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
  y: Float64Array.of(5, -1, 11, -3, 17, -5, 23, -7, 30, -9),
  count: 5,
  grid: null,
}

describe('evaluate', () => {
  it.each([1, 2, 3, 5, 100])('gives every prediction in its place, in batches of %i', async (batch) => {
    const { prediction, relativeL2: error } = await evaluate(linear, linear.init(key(0)), points, { batch })
    expect([...prediction]).toEqual([5, -1, 11, -3, 17, -5, 23, -7, 29, -9])
    expect(error).toBe(relativeL2(prediction, points.y))
  })

  it('compiles once, for any last batch', async () => {
    let traced = 0
    const counted: typeof linear = { ...linear, apply: (p, x) => (traced++, linear.apply(p, x)) }
    const e = evaluator(counted, points, { batch: 2 })
    await e.evaluate(linear.init(key(0)))
    await e.evaluate(linear.init(key(0)))
    expect(traced).toBe(1)
    e.dispose()
  })

  it('leaves the prediction on the backend, with the same error', async () => {
    for (const from of [0, 3, 5]) {
      const e = evaluator(linear, points, { from, batch: 2 })
      const onHost = await e.evaluate(linear.init(key(0)))
      const { prediction, relativeL2: error } = await e.onBackend(linear.init(key(0)))
      expect(prediction.shape).toEqual([5, 2])
      expect([...(await prediction.data())]).toEqual([...onHost.prediction])
      expect(error).toBe(onHost.relativeL2)
      expect(error).toBe(
        from === 5 ? NaN : relativeL2(onHost.prediction.subarray(2 * from), points.y.subarray(2 * from)),
      )
      e.dispose()
    }
    const three: PointSet = { ...points, y: new Float64Array(15) }
    expect(await codeOf(() => evaluator(linear, three).onBackend(linear.init(key(0))))).toBe('SHAPE_MISMATCH')
    for (const from of [-1, 6, 0.5])
      expect(await codeOf(async () => evaluator(linear, points, { from }))).toBe('INVALID_OPTION')
  })

  it('reports outputs that do not fit, and refuses impossible batches', async () => {
    const three: PointSet = { ...points, y: new Float64Array(15) }
    expect(await codeOf(() => evaluate(linear, linear.init(key(0)), three))).toBe('SHAPE_MISMATCH')
    for (const batch of [0, -1, 1.5, NaN])
      expect(await codeOf(() => evaluate(linear, linear.init(key(0)), points, { batch }))).toBe('INVALID_OPTION')
  })

  it('says what it was given in place of a network, variables or points, and what to pass', async () => {
    const variables = linear.init(key(0))
    const wrong: [readonly unknown[], RegExp][] = [
      [[linear, variables, problem], /was given the regression problem parabola; pass problem\.points\('test'\)/],
      [[linear, variables], /takes points \{ x, y, count \}, and was given undefined/],
      [[linear, problem.points('test')], /takes points/],
      [[linear, undefined, points], /takes the variables of the network, and was given undefined/],
      [
        [problem, variables, points],
        /takes a network as its first argument, and was given the regression problem parabola/,
      ],
      [[undefined, variables, points], /takes a network as its first argument/],
    ]
    for (const [given, message] of wrong) {
      const call = evaluate(...(given as Parameters<typeof evaluate>))
      await expect(call).rejects.toThrow(message)
      await expect(call).rejects.toThrow(/\[INVALID_ARGUMENT\]/)
    }
    const operator = poisson1d({ train: 2, validation: 1, test: 1 })
    const unawaited = operator.data('test') as unknown as OperatorData
    await expect(evaluateOperator(linear as never, variables, operator, unawaited)).rejects.toThrow(
      /was given a promise: await it; pass await problem\.data\('test'\).*INVALID_ARGUMENT/,
    )
    await expect(evaluateOperator(linear as never, variables, problem as never, unawaited)).rejects.toThrow(
      /takes an operator problem, and was given the regression problem parabola/,
    )
  })

  it('measures a spiking network', async () => {
    const { relativeL2: error } = await evaluate(network, network.init(key(0)), problem.points('test'))
    expect(error).toBeGreaterThan(0)
    expect(error).toBeLessThan(3)
  })
})
