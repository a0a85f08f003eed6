import { full, grad, key, sub, treeLeaves, treePaths } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { rateBackpropagation } from '@spikeward/estimators'
import { describe, expect, test } from 'vitest'
import { drawXor, initXor, wrongAnswers, xorLoss } from '../../src/longTime/xor/delayedXor.js'
import type { XorParams } from '../../src/longTime/xor/delayedXor.js'
import { benchJson } from '../support/fakeIo.js'

const numbers = async (t: Tensor): Promise<number[]> => [...(await t.data())].map(Number)

describe('delayed exclusive or', () => {
  test('answers are −1 for equal bits and 1 for different ones', async () => {
    const { x, y } = drawXor(key(1), 40)
    const [bits, answers] = [await numbers(x), await numbers(y)]
    answers.forEach((answer, n) =>
      expect(answer).toBe(Math.round(bits[2 * n]!) === Math.round(bits[2 * n + 1]!) ? -1 : 1),
    )
    expect(new Set(answers)).toEqual(new Set([-1, 1]))
  })

  test.each([0, Number.NaN])('a network that answers %d is wrong everywhere', async (bias) => {
    const params = initXor({ neurons: 2, time: 20 }, key(3))
    const constant = { ...params, readout: { weight: full([2, 1], 0), bias: full([1], bias) } }
    expect(await wrongAnswers(constant, drawXor(key(2), 12), 20).item()).toBe(1)
  })

  test('traces of currents, leaks and thresholds give the gradient of back-propagation through time', async () => {
    const settings = { neurons: 6, time: 40 }
    const data = drawXor(key(2), 12)
    const params = initXor(settings, key(3))
    const loss = (p: XorParams): Tensor => xorLoss(p, data, settings.time)
    const e = rateBackpropagation()
    const mine = treeLeaves(e.estimate(loss, params, e.init(params), { key: key(4) }).grad)
    const truth = treeLeaves(grad(loss)(params))
    const paths = treePaths(params)
    for (const [i, t] of truth.entries()) {
      const [difference, own] = [await numbers(sub(mine[i]!, t)), await numbers(t)]
      const largest = Math.max(...own.map(Math.abs))
      expect(largest, paths[i]).toBeGreaterThan(0)
      expect(Math.max(...difference.map(Math.abs)), paths[i]).toBeLessThan(1e-4 * largest)
    }
  })

  test('the benchmark trains where a step fits, and states the bytes where it does not', async () => {
    const { rows } = (await benchJson(
      'long',
      '--quick',
      '--backend',
      'cpu',
      '--estimators',
      'bp,rateBackpropagation',
      '--memory',
      '4e-5',
      '--json',
    )) as {
      rows: { estimator: string; options: object; bytes: number; tests: { loss: number | null }[] }[]
    }
    expect(rows.map((r) => r.estimator)).toEqual(['bp', 'rateBackpropagation', 'bp', 'rateBackpropagation'])
    expect(rows[1]!.options).toEqual({})
    for (const { bytes, tests } of rows) {
      expect(bytes).toBeGreaterThan(0)
      for (const { loss } of tests) expect(loss === null).toBe(bytes > 4e-5 * 2 ** 30)
    }
  })
})
