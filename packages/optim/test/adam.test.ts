import { describe, expect, it } from 'vitest'
import { adaBelief, adam, chain, scaleByAdam, scaleByLearningRate } from '../src/index.js'
import { at, updatesOf } from './fixtures.js'

// By hand for the first two: g = 1, −2 with β₁ = 0.9, β₂ = 0.98, rate 0.1:
// m = 0.1, v = 0.02, u = −0.1·1/(1 + 1e-8); m = −0.11, v = 0.0996, u = 0.1·(0.11/0.19)/√(0.0996/0.0396).
const gradients = [
  [1, 0.01],
  [-2, 0.02],
  [0.5, -0.03],
]

const expectClose = (made: readonly number[][], first: readonly number[], second: readonly number[]): void => {
  made.forEach(([a, b], i) => {
    expect(a).toBeCloseTo(first[i]!, 12)
    expect(b).toBeCloseTo(second[i]!, 12)
  })
}

describe('adam', () => {
  it('makes the steps computed by hand, β₂ = 0.98 by default', async () => {
    const made = await updatesOf(adam(0.1), gradients, at(0, 0))
    expectClose(
      made,
      [-0.09999999900000002, 0.036505391067070354, 0.013688453325201456],
      [-0.0999999000001, -0.09624142546250027, 0.006623649338706649],
    )
  })

  it('makes those of other libraries with β₂ = 0.999', async () => {
    const made = await updatesOf(adam(0.1, { b2: 0.999 }), gradients, at(0, 0))
    expect(made.map((u) => u[0])).toEqual([
      expect.closeTo(-0.09999999900000002, 12),
      expect.closeTo(0.036610352472074836, 12),
      expect.closeTo(0.013669066201746632, 12),
    ])
  })

  it('is the visible chain of its two transforms', async () => {
    const [a, b] = [adam(0.1, { b1: 0.8 }), chain(scaleByAdam({ b1: 0.8 }), scaleByLearningRate(0.1))]
    expect(await updatesOf(a, gradients, at(0, 0))).toEqual(await updatesOf(b, gradients, at(0, 0)))
    expect(a.name).toBe(b.name)
  })

  it('first steps do not depend on the scale of the gradient', async () => {
    const [u] = await updatesOf(adam(0.1), [[1e-3, 1e3]], at(0, 0))
    expect(u![0]).toBeCloseTo(-0.1, 5)
    expect(u![1]).toBeCloseTo(-0.1, 5)
  })

  it.each([[{ b1: 1 }], [{ b2: -0.1 }], [{ eps: Number.NaN }]])('refuses %j', (options) => {
    expect(() => adam(0.1, options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })

  it('refuses an option that it does not know', () => {
    expect(() => adam(0.1, { beta2: 0.9 } as object)).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }))
  })
})

describe('adaBelief', () => {
  it('makes the steps computed by hand', async () => {
    const made = await updatesOf(adaBelief(0.1), gradients, at(0, 0))
    expectClose(
      made,
      [-0.11111111111111074, 0.03898834382482215, 0.014487653925400348],
      [-0.1111111111076805, -0.11138536693095122, 0.007004772471234112],
    )
  })

  it('takes ever longer steps along a steady gradient, where Adam does not', async () => {
    const steady = Array.from({ length: 50 }, () => [1, 1])
    const belief = await updatesOf(adaBelief(0.1), steady, at(0, 0))
    const plain = await updatesOf(adam(0.1), steady, at(0, 0))
    expect(Math.abs(belief[49]![0]!)).toBeGreaterThan(2 * Math.abs(belief[0]![0]!))
    expect(plain[49]![0]).toBeCloseTo(-0.1, 6)
  })
})
