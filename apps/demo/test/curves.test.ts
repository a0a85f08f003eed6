import { describe, expect, it } from 'vitest'
import { aligned, emptyCurve, extend } from '../src/curves.js'

describe('curves', () => {
  const at = (step: number, seconds: number, error: number) => ({
    contender: 0,
    step,
    loss: 0,
    error,
    seconds,
    forwardEquivalents: 9 * step,
    prediction: null,
    coefficients: {},
  })

  it('of contenders share one axis', () => {
    const [a, b] = [emptyCurve(), emptyCurve()]
    extend(a, at(10, 1, 0.5))
    extend(a, at(20, 2, 0.25))
    extend(b, at(10, 1.5, 0.75))
    expect(aligned([a, b], 'seconds')).toEqual([
      [1, 1.5, 2],
      [0.5, null, 0.25],
      [null, 0.75, null],
    ])
    expect(aligned([a], 'passes')[0]).toEqual([90, 180])
  })

  it('do not grow without bound, and keep their ends', () => {
    const curve = emptyCurve()
    for (let i = 0; i < 5000; i++) extend(curve, at(i, i, 1 / (i + 1)))
    expect(curve.step.length).toBeLessThanOrEqual(1200)
    expect([curve.step[0], curve.step.at(-1)]).toEqual([0, 4999])
    expect([...curve.step].sort((x, y) => x - y)).toEqual(curve.step)
  })
})
