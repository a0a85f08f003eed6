import {
  add,
  arange,
  collect,
  div,
  key,
  matmul,
  mean,
  mul,
  normal,
  rademacher,
  square,
  sub,
  sum,
  tensor,
  transpose,
  treeLeaves,
  treeMap,
  vmap,
} from '@spikeward/core'
import type { Estimator, Loss, LossParts, Tensor, Tree } from '@spikeward/core'
import { spikingLoss } from '@spikeward/testkit'
import { describe, expect, it } from 'vitest'
import { type OrthogonalOptions, bp, orthogonal } from '../../src/index.js'
import { unitColumns } from '../feedback/unitColumns.js'
import { net, netLoss, numbers, squaredNorm } from '../fixtures.js'
import { sample } from '../sample.js'

const widths = [3, 5, 4, 1]
const { loss, params } = spikingLoss({ widths, samples: 8 })
const inputsAt = (p: typeof params): readonly Tensor[] => {
  const { forward, input } = loss.parts!
  return Object.values(collect(forward)(p, input)[1])
}
const inputs = inputsAt(params)
const exact = bp().estimate(loss, params, {}, { key: key(0) }).grad
const sizeOf = async (...t: Tensor[]): Promise<number> => squaredNorm(await numbers(t))

/** The last of many estimates at the same parameters, whose directions have converged. */
function settled<P extends Tree, S extends Tree>(e: Estimator<S>, on: Loss<P>, at: P, steps = 25) {
  let last = e.estimate(on, at, e.init(at), { key: key(1) })
  for (let i = 1; i < steps; i++) last = e.estimate(on, at, last.state, { key: key(1) })
  return last
}
/** A large rate converges sooner. */
const by = (given: OrthogonalOptions) => settled(orthogonal(bp(), { rate: 100, ...given }), loss, params)

describe('orthogonal', () => {
  it('has orthonormal directions that the second moment of the inputs maps to themselves', async () => {
    const { directions } = by({ directions: 2 }).state
    expect(directions.map((u) => u.shape)).toEqual(widths.slice(0, 3).map((m) => [2, m]))
    for (const [l, u] of directions.slice(0, 2).entries()) {
      const [a, b, c, d] = (await numbers(matmul(u, transpose(u)))) as [number, number, number, number]
      for (const x of [a - 1, b, c, d - 1]) expect(Math.abs(x)).toBeLessThan(1e-12)
      const moved = matmul(matmul(u, transpose(inputs[l]!)), inputs[l]!)
      const outside = sub(moved, matmul(matmul(moved, transpose(u)), u))
      expect(await sizeOf(outside)).toBeLessThan(1e-9 * (await sizeOf(moved)))
    }
  })

  it('follows the direction along which the inputs are largest', async () => {
    const { directions } = by({ directions: 1 }).state
    const energy = (u: Tensor, l: number): Promise<number> => sizeOf(matmul(u, transpose(inputs[l]!)))
    for (const l of [0, 1]) {
      const own = await energy(directions[l]!, l)
      for (let i = 0; i < 50; i++) {
        const v = normal(key(i), [1, widths[l]!], { dtype: 'f64' })
        expect(await energy(v, l)).toBeLessThanOrEqual(own * (await sizeOf(v)) * (1 + 1e-9))
      }
    }
  })

  it('keeps the part of hidden weights off or on the directions, and every other gradient', async () => {
    const [rest, along] = [by({ directions: 2 }), by({ directions: 2, keep: 'leading' })]
    for (const l of [0, 1]) {
      const u = rest.state.directions[l]!
      const [off, on, whole] = [rest.grad, along.grad, exact].map((g) => g.layers[l]!.weight) as [
        Tensor,
        Tensor,
        Tensor,
      ]
      const size = await sizeOf(whole)
      expect(size).toBeGreaterThan(0)
      expect(await sizeOf(matmul(u, off))).toBeLessThan(1e-24 * size)
      expect(await sizeOf(sub(matmul(transpose(u), matmul(u, on)), on))).toBeLessThan(1e-24 * size)
      expect(await sizeOf(sub(add(off, on), whole))).toBeLessThan(1e-24 * size)
    }
    const others = (g: typeof params) => [g.layers.map(({ bias }) => bias), g.readout]
    for (const { grad } of [rest, along]) expect(await numbers(others(grad))).toEqual(await numbers(others(exact)))
  })

  it('leaves layers alone that have at most k inputs', async () => {
    const { grad, state } = by({ directions: 3, keep: 'leading' })
    expect(state.directions.map((u) => u.shape)).toEqual([
      [3, 5],
      [3, 4],
    ])
    expect(await numbers(grad.layers[0]!)).toEqual(await numbers(exact.layers[0]!))
    const all = by({ directions: 5 })
    expect(all.state.directions).toEqual([])
    expect(await numbers(all.grad)).toEqual(await numbers(exact))
  })

  it('keeps the gradient of parameters that belong to no layer', async () => {
    const more = { ...params, slope: tensor(3, { dtype: 'f64' }) }
    const on: Loss<typeof more> = Object.assign((p: typeof more) => add(loss(p), square(p.slope)), {
      parts: loss.parts as unknown as LossParts<typeof more>,
    })
    const { slope, layers } = settled(orthogonal(bp(), { directions: 2 }), on, more, 2).grad
    expect(await slope.item()).toBe(6)
    expect(await numbers(layers[1]!.weight)).not.toEqual(await numbers(exact.layers[1]!.weight))
  })

  it('moves the directions further in a step at a larger rate', async () => {
    const e = (rate: number) => orthogonal(bp(), { directions: 1, rate })
    const before = e(1).init(params).directions
    const moved = async (rate: number): Promise<number> => {
      const { state } = e(rate).estimate(loss, params, { directions: before, inner: {} }, { key: key(1) })
      return sizeOf(sub(state.directions[1]!, before[1]!))
    }
    const [slow, fast] = [await moved(1e-3), await moved(1)]
    expect(slow).toBeGreaterThan(0)
    expect(fast).toBeGreaterThan(100 * slow)
  })

  it('stays finite if the inputs are all zero', async () => {
    const silent = { ...params, layers: params.layers.map((p) => ({ ...p, bias: sub(p.bias, 100) })) }
    expect(await sizeOf(inputsAt(silent)[1]!)).toBe(0)
    const { grad, state } = settled(orthogonal(bp(), { directions: 2 }), loss, silent, 3)
    for (const x of await numbers([grad, state.directions])) expect(Number.isFinite(x)).toBe(true)
    expect(await sizeOf(state.directions[1]!)).toBeCloseTo(2, 10)
  })

  it.each(['complement', 'leading'] as const)(
    'has the stated share of noise that is equal in all samples: %s',
    async (keep) => {
      // ĝ = xᵀν/N at the second layer with ν of ±1.
      const noise: Estimator<Record<never, never>> = {
        name: 'noise',
        needs: 'evaluate',
        unbiased: false,
        init: () => ({}),
        estimate(on, at, state, { key: k }) {
          const nu = rademacher(k, [8, 4], { dtype: 'f64' })
          const own = div(matmul(transpose(inputs[1]!), nu), 8)
          const grad = treeMap((t) => (t === params.layers[1]!.weight ? own : mul(t, 0)), at)
          return { value: on(at), grad, state, stats: { forwardEquivalents: tensor(1) } }
        },
      }
      const e = orthogonal(noise, { directions: 2, keep, rate: 100 })
      const { state } = settled(e, loss, params)
      const power = (of: Estimator<Tree>, own: Tree): Tensor =>
        sample((base) => {
          const each = vmap((i: Tensor) =>
            treeLeaves(of.estimate(loss, params, own, { key: base.fold(i) }).grad)
              .map((g) => sum(square(g)))
              .reduce((a, b) => add(a, b)),
          )(arange(4000, 'u32'))
          return mean(each)
        }, key(5))
      const found = (await power(e, state).item()) / (await power(noise, {}).item())
      const onto = (await sizeOf(matmul(inputs[1]!, transpose(state.directions[1]!)))) / (await sizeOf(inputs[1]!))
      const stated = keep === 'leading' ? onto : 1 - onto
      expect(Math.abs(found / stated - 1)).toBeLessThan(0.05)
    },
  )

  it('costs one forward pass more', async () => {
    const e = orthogonal(bp(), { directions: 2 })
    const { stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
    expect(await stats.forwardEquivalents.item()).toBe(3 + 1)
  })

  it('refuses a loss without parts, and weights that stand for others', () => {
    const refused = (code: string): unknown => expect.objectContaining({ code })
    const on = orthogonal(bp(), { directions: 1 })
    expect(() => on.estimate(netLoss, net, on.init(net), { key: key(0) })).toThrow(refused('LOSS_WITHOUT_PARTS'))
    const mapped = spikingLoss({ widths, weightMap: unitColumns })
    expect(() => on.estimate(mapped.loss, mapped.params, on.init(mapped.params), { key: key(0) })).toThrow(
      refused('LAYERS_UNSUITABLE'),
    )
    expect(() => orthogonal(bp(), { rate: 0 })).toThrow(refused('INVALID_OPTION'))
  })
})
