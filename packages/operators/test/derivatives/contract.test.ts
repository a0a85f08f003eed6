/** The contract of ways to differentiate a field in its coordinates: every declared one has a row here. */
import { coordsPoints, declaredIn, jit, key, mul, tensor } from '@spikeward/core'
import type { Coords, Differentiate, Tensor } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import * as operators from '../../src/index.js'
import { analytic, codeOf, f64, values } from '../operatorFixtures.js'

const { exactDerivatives, noDerivatives, steinDerivatives, stencilDerivatives, surrogateDerivatives } = operators

type Row = {
  readonly differentiate: Differentiate
  /** The largest error at a function that varies over a length of 1; null: it has no derivatives. */
  readonly error: number | null
}

/** By the name of the declaration. */
const rows: Readonly<Record<string, Row>> = {
  exactDerivatives: { differentiate: exactDerivatives(), error: 1e-12 },
  surrogateDerivatives: { differentiate: surrogateDerivatives(), error: 1e-12 },
  stencilDerivatives: { differentiate: stencilDerivatives({ step: 1e-2 }), error: 1e-3 },
  // Smoothing over σ changes sin 2x by 2σ² of itself; the rest is noise.
  steinDerivatives: { differentiate: steinDerivatives({ key: key(2), sigma: 0.1, samples: 40_000 }), error: 0.5 },
  noDerivatives: { differentiate: noDerivatives(), error: null },
}

const x = tensor([0.4, 0.3, -0.7, 0.2, 0.1, 0.9], { ...f64, shape: [3, 2] })
const points: Coords = { kind: 'points', x }
const smooth = { spikes: false, smoothness: Infinity }

/** Of sin 2x + x t² by axis and order. */
const byHand = [
  [0, 1, (a: number, t: number) => 2 * Math.cos(2 * a) + t * t],
  [0, 2, (a: number) => -4 * Math.sin(2 * a)],
  [1, 1, (a: number, t: number) => 2 * a * t],
  [1, 2, (a: number) => 2 * a],
] as const

const near = async (a: Tensor, b: Tensor, by: number): Promise<void> => {
  const [left, right] = [await values(a), await values(b)]
  expect(left.length).toBe(right.length)
  expect(Math.max(...left.map((v, i) => Math.abs(v - right[i]!)))).toBeLessThan(by)
}

it.each(Object.keys(declaredIn(operators, 'derivative')))('%s has a row', (name) => expect(rows).toHaveProperty(name))

describe.each(Object.entries(rows))('contract: %s', (_, { differentiate, error }) => {
  const field = differentiate(analytic, smooth)

  it('keeps the values of the function', async () =>
    expect(await values(field.at(points))).toEqual(await values(analytic(points))))

  if (error === null)
    it('refuses every derivative', () => {
      for (const [axis, order] of byHand) expect(codeOf(() => field.d(points, axis, order))).toBe('NO_DERIVATIVES')
    })

  if (error !== null)
    it('gives first and second derivatives within its error', async () => {
      const at = await values(coordsPoints(points))
      for (const [axis, order, exact] of byHand) {
        const found = await values(field.d(points, axis, order))
        expect(found).toHaveLength(3)
        found.forEach((v, i) =>
          expect(Math.abs(v - exact(at[2 * i]!, at[2 * i + 1]!)), `${axis} ${order}`).toBeLessThan(error),
        )
      }
      await near(field.d(points, 0), field.d(points, 0, 1), 1e-12)
    })

  if (error !== null)
    it('is linear in the function, the same under jit, and refuses an axis that is not there', async () => {
      const twice = differentiate((c) => mul(analytic(c), 2), smooth)
      await near(twice.d(points, 0), mul(field.d(points, 0), 2), 1e-9)
      await near(jit((y: Tensor) => field.d({ kind: 'points', x: y }, 1))(x), field.d(points, 1), 1e-9)
      expect(codeOf(() => field.d(points, 2))).toBe('INVALID_AXIS')
    })
})
