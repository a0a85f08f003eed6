import { add, collect, div, jit, key, mean, mul, sub, sum, square, tensor, treeMap, zeros } from '@spikeward/core'
import type { Estimator, Tensor, Tree } from '@spikeward/core'
import { spikingLoss } from '@spikeward/testkit'
import { describe, expect, it } from 'vitest'
import {
  antithetic,
  average,
  bp,
  exactForward,
  gaussianDistribution,
  mix,
  normalise,
  randomSign,
  perBlock,
  rfg,
  targetRate,
  withCosine,
} from '../../src/index.js'
import type { Stateless } from '../../src/index.js'
import { net, netLoss, numbers, squaredNorm } from '../fixtures.js'

const ctx = { key: key(11) }
const close = (a: readonly number[], b: readonly number[], digits = 10): void => {
  expect(a).toHaveLength(b.length)
  a.forEach((x, i) => expect(x).toBeCloseTo(b[i]!, digits))
}

/** Counts its calls in its state, and adds the count to a constant gradient. */
const counting: Estimator<{ readonly calls: Tensor }> = {
  name: 'counting',
  needs: 'evaluate',
  unbiased: false,
  init: () => ({ calls: zeros([]) }),
  estimate: (loss, params, state) => ({
    value: loss(params),
    grad: treeMap((p) => add(mul(p, 0), 1), params),
    state: { calls: add(state.calls, 1) },
    stats: { forwardEquivalents: tensor(1), calls: state.calls },
  }),
}

/** (L(θ + εz) − L(θ))/ε z with a large ε: biased by the curvature. */
const oneSided: Estimator<Stateless> = {
  name: 'oneSided',
  needs: 'evaluate',
  unbiased: false,
  init: () => ({}),
  estimate(loss, params, state, { key: k }) {
    const z = treeMap((p) => gaussianDistribution.sample(k, [p])[0]!, params)
    const slope = div(sub(loss(treeMap((p, v) => add(p, mul(v, 0.5)), params, z)), loss(params)), 0.5)
    return {
      value: loss(params),
      grad: treeMap((v) => mul(v, slope), z),
      state,
      stats: { forwardEquivalents: tensor(2) },
    }
  },
}

describe('targetRate', () => {
  const { loss, params } = spikingLoss({ widths: [2, 6, 5, 1], time: 8, samples: 16 })
  const rates = async (p: typeof params): Promise<number[]> =>
    Promise.all(Object.values(collect(loss, { at: 'spikes' })(p)[1]).map((s) => mean(s).item()))

  it.each([0.05, 0.3])('brings every layer to a rate of %d', async (rate) => {
    const e = targetRate(bp(), rate, { weight: 100 })
    const step = jit((p: typeof params) =>
      treeMap((t, g) => sub(t, mul(g, 0.05)), p, e.estimate(loss, p, e.init(p), ctx).grad),
    )
    let p = params
    for (let i = 0; i < 400; i++) p = step(p)
    for (const found of await rates(p)) expect(Math.abs(found - rate)).toBeLessThan(0.02)
    expect(Math.max(...(await rates(params)).map((before) => Math.abs(before - rate)))).toBeGreaterThan(0.02)
  })

  it('has the derivative of its sum in forward mode as in reverse', async () => {
    const of = (inner: Estimator) => {
      const e = targetRate(inner, 0.4, { weight: 10 })
      return e.estimate(loss, params, e.init(params), ctx)
    }
    close(await numbers(of(exactForward()).grad), await numbers(of(bp()).grad))
    const distance = (await rates(params)).reduce((total, r) => total + (r - 0.4) ** 2, 0)
    expect(await of(bp()).value.item()).toBeCloseTo((await loss(params).item()) + (10 * distance) / 2, 6)
  })

  it('refuses a loss without spikes', () => {
    const e = targetRate(bp(), 0.1)
    expect(() => e.estimate(netLoss, net, {}, ctx)).toThrow(expect.objectContaining({ code: 'LAYERS_UNSUITABLE' }))
  })
})

describe('average', () => {
  it('is the mean over folded keys, its cost the sum', async () => {
    const e = rfg({ directions: 2 })
    const parts = await Promise.all(
      [0, 1, 2].map((i) => numbers(e.estimate(netLoss, net, {}, { key: ctx.key.fold(i) }).grad)),
    )
    const out = average(3, e).estimate(netLoss, net, {}, ctx)
    close(
      await numbers(out.grad),
      parts[0]!.map((_, j) => (parts[0]![j]! + parts[1]![j]! + parts[2]![j]!) / 3),
    )
    expect(await out.stats.forwardEquivalents.item()).toBe(9)
    expect(await out.value.item()).toBeCloseTo(await netLoss(net).item(), 12)
  })

  it('hands the state on, and averages other stats', async () => {
    const out = average(4, counting).estimate(netLoss, net, counting.init(net), ctx)
    expect(await out.state.calls.item()).toBe(4)
    expect(await out.stats.calls!.item()).toBe(1.5)
  })

  it('refuses a count of 0', () => {
    expect(() => average(0, bp())).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})

describe('normalise', () => {
  it('keeps the direction at length 1, and zero at zero', async () => {
    const raw = await numbers(rfg().estimate(netLoss, net, {}, ctx).grad)
    const unit = await numbers(normalise(rfg()).estimate(netLoss, net, {}, ctx).grad)
    const length = Math.sqrt(squaredNorm(raw))
    close(
      unit,
      raw.map((x) => x / length),
    )
    const flat = normalise(bp()).estimate((p: { x: Tensor }) => mul(sum(p.x), 0), { x: tensor([1, 2]) }, {}, ctx)
    expect(await numbers(flat.grad)).toEqual([0, 0])
  })
})

describe('randomSign', () => {
  it('keeps the estimate but for one sign, each as often as the other', async () => {
    const raw = await numbers(bp().estimate(netLoss, net, {}, ctx).grad)
    const e = randomSign(bp())
    let plus = 0
    for (let i = 0; i < 200; i++) {
      const turned = await numbers(e.estimate(netLoss, net, {}, { key: key(i) }).grad)
      const sign = Math.sign(turned[0]! / raw[0]!)
      expect(turned).toEqual(raw.map((x) => sign * x))
      if (sign > 0) plus++
    }
    // 200 fair coins are within 30 of 100 but for 2 in 100,000 keys.
    expect(Math.abs(plus - 100)).toBeLessThan(30)
  })
})

describe('antithetic', () => {
  it('removes the bias of a one-sided difference of a quadratic exactly', async () => {
    const params = { x: tensor([1, -2, 3], { dtype: 'f64' }) }
    const loss = (p: typeof params): Tensor => sum(square(p.x))
    const z = await numbers(gaussianDistribution.sample(ctx.key, [params.x])[0]!)
    const slope = z[0]! * 2 - z[1]! * 4 + z[2]! * 6
    const out = antithetic(oneSided).estimate(loss, params, {}, ctx)
    close(
      await numbers(out.grad),
      z.map((v) => v * slope),
      9,
    )
    expect(await out.stats.forwardEquivalents.item()).toBe(4)
    const alone = await numbers(oneSided.estimate(loss, params, {}, ctx).grad)
    expect(Math.abs(alone[0]! - z[0]! * slope)).toBeGreaterThan(1e-3)
  })

  it('changes nothing for a directional derivative', async () => {
    const e = rfg({ directions: 3 })
    close(
      await numbers(antithetic(e).estimate(netLoss, net, {}, ctx).grad),
      await numbers(e.estimate(netLoss, net, {}, ctx).grad),
    )
  })
})

describe('mix', () => {
  it('weighs its two estimates', async () => {
    const [a, b] = [bp(), rfg()]
    const out = await numbers(mix(a, b, 0.25).estimate(netLoss, net, { first: {}, second: {} }, ctx).grad)
    const x = await numbers(a.estimate(netLoss, net, {}, ctx).grad)
    const y = await numbers(b.estimate(netLoss, net, {}, { key: ctx.key.fold(1) }).grad)
    close(
      out,
      x.map((v, i) => 0.75 * v + 0.25 * y[i]!),
    )
    expect(mix(a, b, 0.5)).toMatchObject({ needs: 'vjp', unbiased: true })
  })

  it.each([-0.1, 1.1, Number.NaN])('refuses weight %d', (w) => {
    expect(() => mix(bp(), rfg(), w)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})

describe('withCosine', () => {
  it('is 1 for the gradient itself, and costs a reverse pass', async () => {
    const { stats } = withCosine(exactForward()).estimate(netLoss, net, {}, ctx)
    expect(await stats.cosine!.item()).toBeCloseTo(1, 12)
    expect(await stats.forwardEquivalents.item()).toBe(14 + 3)
  })

  it('is ⟨ĝ, g⟩/(‖ĝ‖‖g‖)', async () => {
    const out = withCosine(rfg()).estimate(netLoss, net, {}, ctx)
    const [a, b] = [await numbers(out.grad), await numbers(bp().estimate(netLoss, net, {}, ctx).grad)]
    const dot = a.reduce((s, x, i) => s + x * b[i]!, 0)
    expect(await out.stats.cosine!.item()).toBeCloseTo(dot / Math.sqrt(squaredNorm(a) * squaredNorm(b)), 10)
  })
})

describe('perBlock', () => {
  it('gives each part the estimate of its estimator', async () => {
    const e = perBlock({ hidden: rfg({ directions: 2 }), 'readout.weight': bp(), 'readout.bias': counting })
    const out = e.estimate(netLoss, net, e.init(net), ctx)
    const truth = bp().estimate(netLoss, net, {}, ctx)
    close(await numbers(out.grad.readout.weight), await numbers(truth.grad.readout.weight))
    expect(await numbers(out.grad.readout.bias)).toEqual([1])
    const hidden = rfg({ directions: 2 }).estimate(
      (h: typeof net.hidden) => netLoss({ ...net, hidden: h }),
      net.hidden,
      {},
      { key: ctx.key.fold(0) },
    )
    close(await numbers(out.grad.hidden), await numbers(hidden.grad))
    expect(await out.stats.forwardEquivalents.item()).toBe(3 + 3 + 1)
    expect(await numbers(out.state as Tree)).toEqual([1])
    expect(e).toMatchObject({ needs: 'vjp', unbiased: false })
  })

  it.each([
    [{ hidden: bp() }, 'BLOCK_MISSING'],
    [{ hidden: bp(), 'hidden.bias': bp(), readout: bp() }, 'BLOCK_OVERLAP'],
  ])('refuses parts that do not fit: %#', (parts, code) => {
    const e = perBlock(parts)
    expect(() => e.estimate(netLoss, net, e.init(net), ctx)).toThrow(expect.objectContaining({ code }))
  })

  it('refuses a path that leads to no parameter', () => {
    expect(() => perBlock({ hiden: bp(), readout: bp() }).init(net)).toThrow(
      expect.objectContaining({ code: 'BLOCK_UNKNOWN' }),
    )
  })
})
