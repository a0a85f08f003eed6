import { type Optimizer, type Tensor, type Tree, add, sum, square, tensor, treeMap, zerosLike } from '@spikeward/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  accumulate,
  addDecayedWeights,
  applyUpdates,
  chain,
  clipByGlobalNorm,
  clipByValue,
  globalNorm,
  momentum,
  raiseThresholds,
  scale,
  scaleByLearningRate,
  sgd,
} from '../src/index.js'
import { at, numbers, updatesOf } from './fixtures.js'

const one = async <S extends Tree>(optimizer: Optimizer<S>, g: number[], params = at(...g)): Promise<number[]> =>
  (await updatesOf(optimizer, [g], params))[0]!
const close = (a: readonly number[], b: readonly number[]): void => {
  expect(a).toHaveLength(b.length)
  a.forEach((x, i) => expect(x).toBeCloseTo(b[i]!, 10))
}
const vectors = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 5 })

describe('sgd', () => {
  it('steps against the gradient, tensor by tensor', async () => {
    close(await one(sgd(0.5), [2, -4]), [-1, 2])
  })

  it.each([Number.NaN, Infinity, -Infinity, -1, '0.1' as unknown as number, undefined as unknown as number])(
    'refuses the rate %s',
    (rate) => {
      expect(() => sgd(rate)).toThrow(expect.objectContaining({ code: 'INVALID_LEARNING_RATE' }))
    },
  )

  it('may stand still', async () => {
    close(await one(sgd(0), [2]), [0])
  })
})

describe('momentum', () => {
  it('heavy ball sums decaying gradients', async () => {
    const made = await updatesOf(momentum(0.1, { decay: 0.5 }), [[1], [1], [-2]], at(0))
    close(made.flat(), [-0.1, -0.15, 0.125])
  })

  it('Nesterov looks one step ahead', async () => {
    const made = await updatesOf(momentum(0.1, { decay: 0.5, nesterov: true }), [[1], [1], [-2]], at(0))
    close(made.flat(), [-0.15, -0.175, 0.2625])
  })

  it('reaches 1/(1 − μ) of the gradient on a steady slope', async () => {
    const made = await updatesOf(
      accumulate({ decay: 0.9 }),
      Array.from({ length: 200 }, () => [3]),
      at(0),
    )
    expect(made.at(-1)![0]).toBeCloseTo(30, 6)
  })

  it('refuses a decay of 1', () => {
    expect(() => momentum(0.1, { decay: 1 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})

describe('clipping', () => {
  it('by global norm: never longer than the limit, never another direction, untouched when short', async () => {
    await fc.assert(
      fc.asyncProperty(vectors, fc.double({ min: 0.1, max: 50, noNaN: true }), async (g, limit) => {
        const u = await one(clipByGlobalNorm(limit), g)
        const length = Math.hypot(...g)
        close(
          u,
          g.map((x) => x * (length > limit ? limit / length : 1)),
        )
      }),
      { numRuns: 40 },
    )
  })

  it('the norm spans all tensors', async () => {
    const grad = { a: tensor([3, 0]), b: [tensor(4)] }
    expect(await globalNorm(grad).item()).toBeCloseTo(5, 6)
    const { updates } = clipByGlobalNorm(1).update(grad, {}, grad)
    const u = await numbers(updates)
    expect(u[0]).toBeCloseTo(0.6, 6)
    expect(u[2]).toBeCloseTo(0.8, 6)
  })

  it('leaves zero at zero', async () => {
    expect(await one(clipByGlobalNorm(1), [0, 0])).toEqual([0, 0])
  })

  it('by value clips each entry', async () => {
    await fc.assert(
      fc.asyncProperty(vectors, fc.double({ min: 0.1, max: 50, noNaN: true }), async (g, limit) => {
        close(
          await one(clipByValue(limit), g),
          g.map((x) => Math.min(Math.max(x, -limit), limit)),
        )
      }),
      { numRuns: 40 },
    )
  })

  it.each([0, -1, Number.NaN, Infinity])('refuses the limit %d', (limit) => {
    expect(() => clipByValue(limit)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    expect(() => clipByGlobalNorm(limit)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})

describe('raiseThresholds', () => {
  const params = { neurons: { threshold: tensor([1, 2]) }, threshold: { weight: tensor([0]) } }

  it('adds its rise to thresholds over its steps, and nothing to others or afterwards', async () => {
    const optimizer = raiseThresholds(0.75, 3)
    let state = optimizer.init(params)
    const rises: number[][] = []
    for (let i = 0; i < 5; i++) {
      const { updates, state: next } = optimizer.update(
        treeMap((p) => zerosLike(p), params),
        state,
        params,
      )
      rises.push(await numbers(updates))
      state = next
    }
    close(rises.flat(), [0.25, 0.25, 0, 0.25, 0.25, 0, 0.25, 0.25, 0, 0, 0, 0, 0, 0, 0])
  })

  it('refuses a network without thresholds', () => {
    expect(() => raiseThresholds(0.6, 3).init({ weight: tensor([0]) })).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_LAYER' }),
    )
  })
})

describe('chain', () => {
  it('passes updates from link to link, and each link its own state', async () => {
    const made = await updatesOf(chain(clipByValue(1), accumulate({ decay: 0.5 }), scale(2)), [[5], [-0.5]], at(0))
    close(made.flat(), [2, 0])
  })

  it('of no links returns the gradient itself', async () => {
    close(await one(chain(), [1, 2]), [1, 2])
  })

  it('weight decay before the rate is decoupled', async () => {
    const optimizer = chain(addDecayedWeights(0.1), scaleByLearningRate(0.5))
    close(await one(optimizer, [1], at(10)), [-1])
  })
})

describe('applyUpdates', () => {
  it('adds, and refuses trees that differ', async () => {
    const params = { a: tensor([1, 2]), b: [tensor(3)] }
    expect(
      await numbers(
        applyUpdates(
          params,
          treeMap((p) => add(p, 1), params),
        ),
      ),
    ).toEqual([3, 5, 7])
    expect(() => applyUpdates<Tree>(params, { a: tensor([1, 2]) })).toThrow(
      expect.objectContaining({ code: 'STRUCTURE_MISMATCH' }),
    )
  })

  it('keeps f32 parameters f32', () => {
    const params = { a: tensor([1, 2]) }
    const optimizer = chain(clipByGlobalNorm(1), sgd(0.1))
    const { updates } = optimizer.update(params, optimizer.init(params), params)
    const next: { a: Tensor } = applyUpdates(params, updates)
    expect(next.a.dtype).toBe('f32')
    expect(sum(square(next.a)).dtype).toBe('f32')
  })
})
