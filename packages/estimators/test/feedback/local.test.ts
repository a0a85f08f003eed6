import {
  add,
  affine,
  arange,
  collect,
  key,
  lossParts,
  matmul,
  mean,
  mul,
  normal,
  onesLike,
  perturb,
  square,
  sub,
  sum,
  tanh,
  tensor,
  treeMap,
  valueAndGrad,
  vmap,
  zeros,
} from '@spikeward/core'
import type { Estimator, Key, Loss, Tensor } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { activity, bp, eligibility, feedback, localLoss, perBlock, pseudoZeroth, rfg } from '../../src/index.js'
import type { LocalLossOptions, LocalLossState } from '../../src/index.js'
import { numbers, squaredNorm } from '../fixtures.js'
import { truth } from '../moments.js'
import { sample } from '../sample.js'
import { spikingLoss } from '@spikeward/testkit'

const f64 = { dtype: 'f64' } as const
const ctx = { key: key(11) }
const close = (a: readonly number[], b: readonly number[], digits = 10): void => {
  expect(a).toHaveLength(b.length)
  a.forEach((x, i) => expect(x).toBeCloseTo(b[i]!, digits))
}
const cosine = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((s, x, i) => s + x * b[i]!, 0) / Math.sqrt(squaredNorm(a) * squaredNorm(b))
const three = spikingLoss({ widths: [2, 3, 4, 2], samples: 12 })

describe.each<[string, Estimator]>([
  ['localLoss', localLoss({ outputs: 2 })],
  ['feedback', feedback({ outputs: 2 })],
])('%s', (_, e) => {
  it('is exact for one hidden layer', async () => {
    const problem = spikingLoss({ widths: [2, 4, 2] })
    const { grad } = e.estimate(problem.loss, problem.params, e.init(problem.params), ctx)
    close(await numbers(grad), await numbers(truth(problem)))
  })

  it('treats the last hidden layer and the readout as eligibility does', async () => {
    const { grad } = e.estimate(three.loss, three.params, e.init(three.params), ctx)
    const other = eligibility().estimate(three.loss, three.params, {}, ctx).grad
    close(await numbers([grad.layers[1]!, grad.readout]), await numbers([other.layers[1]!, other.readout]))
  })
})

describe.each<Estimator>([localLoss(), feedback(), pseudoZeroth()])('$name', (e) => {
  it('says how many outputs it was made for', () => {
    expect(() => e.estimate(three.loss, three.params, e.init(three.params), ctx)).toThrow(
      expect.objectContaining({ code: 'OUTPUTS_MISMATCH' }),
    )
  })
})

describe('localLoss', () => {
  const e = localLoss({ outputs: 2, rate: 0.5 })
  const { transport } = e.init(three.params)
  const heads = e.init(three.params).heads.map(({ weight, bias }, i) => ({
    weight: normal(key(20 + i), weight.shape, f64),
    bias: add(bias, 0.2),
  }))
  /** The local loss of the first layer under the first head. */
  const local = (p: typeof three.params, head: (typeof heads)[number]): Tensor => {
    const parts = three.loss.parts!
    const rates = Object.values(collect(parts.forward)(p, parts.input)[1])[1]!
    return mean(parts.head(add(matmul(rates, head.weight), head.bias)))
  }

  it('gives the first layer the gradient of its local loss', async () => {
    const { grad } = e.estimate(three.loss, three.params, { heads, transport }, ctx)
    const [, exact] = valueAndGrad((p: typeof three.params) => local(p, heads[0]!))(three.params)
    close(await numbers(grad.layers[0]!), await numbers(exact.layers[0]!))
    expect(squaredNorm(await numbers(grad.layers[0]!))).toBeGreaterThan(1e-6)
  })

  it('takes its heads down their own loss, and leaves that of the readout', async () => {
    let state: LocalLossState = { heads, transport }
    let last = await local(three.params, heads[0]!).item()
    for (let i = 0; i < 5; i++) {
      state = e.estimate(three.loss, three.params, state, ctx).state
      const now = await local(three.params, state.heads[0]!).item()
      expect(now).toBeLessThan(last)
      last = now
    }
    expect(await numbers(state.heads[2]!)).toEqual(await numbers(heads[2]!))
  })

  /** Gradients of some estimates in a row, at the same parameters. */
  const gradients = async (options: LocalLossOptions, steps = 6): Promise<number[][]> => {
    const own = localLoss({ outputs: 2, rate: 0.5, ...options })
    let state = own.init(three.params)
    const found: number[][] = []
    for (let i = 0; i < steps; i++) {
      const { grad, state: next } = own.estimate(three.loss, three.params, state, ctx)
      found.push(await numbers(grad))
      state = next
    }
    return found
  }

  it('follows trained heads exactly by Kolen–Pollack feedback, which starts at zero as they do', async () => {
    // The readout does not move here, and its feedback starts elsewhere: only the first layer is compared.
    const first = three.params.layers[0]!.weight.size
    const [exact, own] = [await gradients({}), await gradients({ transport: 'kolenPollack' })]
    expect(squaredNorm(exact.at(-1)!.slice(0, first))).toBeGreaterThan(1e-8)
    exact.forEach((g, i) => close(own[i]!.slice(0, first), g.slice(0, first)))
  })

  it('gives the gradient of transposed weights by a mirror that sees whole layers in each step', async () => {
    const [exact, own] = [await gradients({}), await gradients({ transport: 'weightMirror', vectors: 4 })]
    exact.forEach((g, i) => close(own[i]!, g))
  })

  it('moves the first layer by fixed random feedback, though heads start at zero', async () => {
    const [g] = await gradients({ transport: 'random' }, 1)
    const [without] = await gradients({}, 1)
    const first = three.params.layers[0]!.weight.size
    expect(squaredNorm(without!.slice(0, first))).toBe(0)
    expect(squaredNorm(g!.slice(0, first))).toBeGreaterThan(1e-8)
  })

  it('solves heads for the least loss, and gives the first layer the gradient of that loss', async () => {
    const own = localLoss({ outputs: 2, heads: 'solved', ridge: 0 })
    const { grad, state } = own.estimate(three.loss, three.params, own.init(three.params), ctx)
    const head = state.heads[0]!
    const least = local(three.params, head)
    const [, slope] = valueAndGrad((h: typeof head) => local(three.params, h))(head)
    expect(squaredNorm(await numbers(slope))).toBeLessThan(1e-16)
    expect(await least.item()).toBeLessThan(await local(three.params, heads[0]!).item())
    const [, exact] = valueAndGrad((p: typeof three.params) => local(p, head))(three.params)
    close(await numbers(grad.layers[0]!), await numbers(exact.layers[0]!))
    expect(squaredNorm(await numbers(grad.layers[0]!))).toBeGreaterThan(1e-8)
  })

  it('shrinks solved heads by the ridge', async () => {
    const sizes = []
    for (const ridge of [1e-6, 1, 1e3]) {
      const own = localLoss({ outputs: 2, heads: 'solved', ridge })
      const { state } = own.estimate(three.loss, three.params, own.init(three.params), ctx)
      sizes.push(squaredNorm(await numbers(state.heads[0]!)))
    }
    expect(sizes[1]!).toBeLessThan(sizes[0]!)
    expect(sizes[2]!).toBeLessThan(1e-3 * sizes[1]!)
  })

  it('refuses to solve heads of a loss that is not one of squares', () => {
    const { parts } = three.loss
    const other = Object.assign((p: typeof three.params) => three.loss(p), { parts: { ...parts!, residuals: null } })
    const own = localLoss({ outputs: 2, heads: 'solved' })
    expect(() => own.estimate(other, three.params, own.init(three.params), ctx)).toThrow(
      expect.objectContaining({ code: 'LOSS_WITHOUT_RESIDUALS' }),
    )
  })
})

describe('feedback', () => {
  it('reads the readout by feedback, if asked to', async () => {
    const [exact, mirror, random] = await Promise.all(
      (['weights', 'weightMirror', 'random'] as const).map(async (transport) => {
        const e = feedback({ outputs: 2, transport })
        return numbers(e.estimate(three.loss, three.params, e.init(three.params), ctx).grad.layers[1]!)
      }),
    )
    close(mirror!, exact!)
    expect(squaredNorm(random!.map((x, i) => x - exact![i]!))).toBeGreaterThan(0.01 * squaredNorm(exact!))
  })

  it('learns how the output responds, and then points along the gradient', async () => {
    const e = feedback({ outputs: 2 })
    let state = e.init(three.params)
    let last = e.estimate(three.loss, three.params, state, ctx)
    for (let i = 0; i < 60; i++) {
      last = e.estimate(three.loss, three.params, state, { key: key(3).fold(i) })
      state = last.state
    }
    const g = truth(three)
    expect(cosine(await numbers(last.grad.layers[0]!), await numbers(g.layers[0]!))).toBeGreaterThan(0.5)
  })
})

describe('pseudoZeroth', () => {
  type Smooth = {
    readonly hidden: { weight: Tensor; bias: Tensor }
    readonly readout: { weight: Tensor; bias: Tensor }
  }
  const samples = 6
  const x = normal(key(1), [samples, 2], f64)
  const y = normal(key(2), [samples, 1], f64)
  const params: Smooth = {
    hidden: { weight: normal(key(3), [2, 3], f64), bias: zeros([3], 'f64') },
    readout: { weight: normal(key(4), [3, 1], f64), bias: tensor([0.3], f64) },
  }
  const parts = lossParts({
    samples,
    input: x,
    forward: (p: Smooth, at) => affine(p.readout, tanh(affine(p.hidden, at))),
    head: (output) => mean(square(sub(output, y)), 1),
    residuals: null,
  })
  const loss: Loss<Smooth> = Object.assign((p: Smooth) => mean(parts.head(parts.forward(p, x))), { parts })

  it('finds the mean response of the output to each neuron', async () => {
    const e = pseudoZeroth({ decay: 0, size: 1e-3 })
    const n = 20_000
    const one = (base: Key) => (i: Tensor) =>
      e.estimate(loss, params, e.init(params), { key: base.fold(i) }).state.feedback[0]!
    const moment = sample((base) => {
      const found = vmap(one(base))(arange(n, 'u32'))
      return [mean(found, 0), sub(mean(square(found), 0), square(mean(found, 0)))] as const
    }, key(5))
    const [, exact] = valueAndGrad((perturbation: Tensor) =>
      mul(sum(perturb(parts.forward)({ 'hidden.weight': perturbation }, params, x)), 1 / samples),
    )(zeros([samples, 3], 'f64'))
    const [m, deviation] = [await numbers(moment[0]), await numbers(moment[1])]
    const stated = await numbers(sum(exact, 0))
    m.forEach((v, i) => expect(Math.abs(v - stated[i]!)).toBeLessThan(4.5 * Math.sqrt(deviation[i]! / n) + 1e-5))
    expect(squaredNorm(stated)).toBeGreaterThan(0.1)
  })

  it.each([0.5, 0.8])('settles to (1 − λ)/(1 + λ)(1 − λ²ᵗ) of the variance of a single pass: λ = %d', async (decay) => {
    const [n, steps] = [10_000, 5]
    /** Σ of the variances of the hidden layer's entries, over runs of some steps each. */
    const spread = async (lambda: number, t: number): Promise<number> => {
      const e = pseudoZeroth({ decay: lambda, size: 1e-3 })
      const one = (base: Key) => (i: Tensor) => {
        let state = e.init(params)
        let grad = params
        for (let s = 0; s < t; s++) {
          const next = e.estimate(loss, params, state, { key: base.fold(i).fold(s) })
          ;({ state, grad } = next)
        }
        return grad.hidden
      }
      const variance = sample((base) => {
        const grads = vmap(one(base))(arange(n, 'u32'))
        const parts = [grads.weight, grads.bias].map((x) => sum(sub(mean(square(x), 0), square(mean(x, 0)))))
        return add(parts[0]!, parts[1]!)
      }, key(9))
      return variance.item()
    }
    const stated = ((1 - decay) / (1 + decay)) * (1 - decay ** (2 * steps))
    expect(Math.abs((await spread(decay, steps)) / (await spread(0, 1)) / stated - 1)).toBeLessThan(0.05)
  })

  it('averages over steps, and is exact in the readout', async () => {
    const e = pseudoZeroth({ decay: 0.75 })
    const full = treeMap((t) => onesLike(t), e.init(params))
    const one = e.estimate(loss, params, full, ctx)
    const fresh = pseudoZeroth({ decay: 0 }).estimate(loss, params, e.init(params), ctx)
    const [a, b] = [await numbers(one.state.feedback[0]!), await numbers(fresh.state.feedback[0]!)]
    a.forEach((v, i) => expect(v).toBeCloseTo(0.75 + 0.25 * b[i]!, 10))
    close(await numbers(one.grad.readout), await numbers(truth({ loss, params }).readout))
    expect(await one.stats.forwardEquivalents.item()).toBe(2)
  })
})

describe('perBlock', () => {
  it('shows the parts of the loss to each part of the parameters', async () => {
    const problem = spikingLoss({ widths: [2, 3, 1] })
    const e = perBlock({ layers: activity(), readout: bp() })
    const { grad } = e.estimate(problem.loss, problem.params, e.init(problem.params), ctx)
    const other = activity().estimate(problem.loss, problem.params, {}, { key: ctx.key.fold(0) })
    close(await numbers(grad.layers), await numbers(other.grad.layers))
    close(await numbers(grad.readout), await numbers(truth(problem).readout))
  })

  it('forms the gradient of a part with the weights of another', async () => {
    const problem = spikingLoss({ widths: [2, 3, 1] })
    const e = perBlock({ layers: eligibility(), readout: rfg() })
    const { grad } = e.estimate(problem.loss, problem.params, e.init(problem.params), ctx)
    const [found, exact] = [await numbers(grad.layers), await numbers(truth(problem).layers)]
    found.forEach((g, i) => expect(g).toBeCloseTo(exact[i]!, 10))
  })
})
