import { key, slice } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { describe, expect, test } from 'vitest'
import { adding } from '../../src/longTime/sequences/adding.js'
import { lorenz } from '../../src/longTime/sequences/lorenz.js'
import { vanDerPol } from '../../src/longTime/sequences/vanDerPol.js'
import { benchJson } from '../support/fakeIo.js'

const numbers = async (t: Tensor): Promise<number[]> => [...(await t.data())].map(Number)

describe('sequence problems', () => {
  test.each([vanDerPol, lorenz])('$name has the same solution with steps half as long', async ({ draw }) => {
    const [coarse, fine] = [draw(key(1), 3, 64), draw(key(1), 3, 1024)]
    const last = async ({ target }: { target: Tensor }, time: number): Promise<number[]> =>
      numbers(slice(target, [time - 1, 0, 0], [time, 3, 1]))
    const [a, b] = [await last(coarse, 64), await last(fine, 1024)]
    a.forEach((x, n) => expect(x).toBeCloseTo(b[n]!, 2))
    expect(Math.max(...a.map(Math.abs))).toBeGreaterThan(0.1)
  })

  test('the oscillator begins at 2, and is given its force and damping', async () => {
    const { x, target } = vanDerPol.draw(key(2), 4, 512)
    for (const value of (await numbers(target)).slice(0, 4)) expect(value).toBeCloseTo(2, 1)
    const inputs = await numbers(x)
    for (let n = 0; n < 4; n++) {
      expect(Math.abs(inputs[2 * n + 1]!)).toBeLessThanOrEqual(1)
      expect(inputs[2 * n + 1]).toBe(inputs[2 * (n + 4) + 1])
    }
  })

  test('the answer is the sum of the two marked values less 1, and counts at the end alone', async () => {
    const [count, time] = [5, 19]
    const { x, target, share } = adding.draw(key(3), count, time)
    const [inputs, answers, counted] = [await numbers(x), await numbers(target), await numbers(share)]
    for (let n = 0; n < count; n++) {
      const marked = new Set<number>()
      for (let t = 0; t < time; t++) {
        const [value, mark] = inputs.slice(2 * (t * count + n))
        if (mark === 1) marked.add(value!)
      }
      expect(marked.size).toBe(2)
      expect(answers[n]).toBeCloseTo(
        [...marked].reduce((a, b) => a + b, -1),
        5,
      )
    }
    const steps = Array.from({ length: time }, (_, t) => counted[t * count])
    expect(steps).toEqual([...Array<number>(17).fill(0), 0.5, 0.5])
  })

  test('a recurrent layer trains, beside an untrained one with a solved readout', async () => {
    const line = 'long --quick --problem van-der-pol --times 16 --inspect 64 --backend cpu --estimators bp,eProp --json'
    const { rows } = (await benchJson(...line.split(' '))) as {
      rows: { time: number; estimator: string; bytes: number; tests: { loss: number; ridge: number }[] }[]
    }
    expect(rows.map((r) => `${r.estimator} ${r.time}`)).toEqual(['bp 16', 'eProp 16', 'bp 64', 'eProp 64'])
    expect(rows.map((r) => r.tests.length)).toEqual([1, 1, 0, 0])
    for (const { loss, ridge } of rows.flatMap((r) => r.tests)) {
      expect(loss).toBeGreaterThan(0)
      expect(ridge).toBeGreaterThan(0)
    }
    // Back-propagation stores the steps; traces do not grow with their number.
    const [bp, eProp, bpLong, ePropLong] = rows.map((r) => r.bytes)
    expect(bpLong).toBeGreaterThan(2 * bp!)
    expect(ePropLong).toBe(eProp)
  })
})
