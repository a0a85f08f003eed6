import {
  affine,
  arange,
  key,
  lossParts,
  mean,
  mul,
  normal,
  randint,
  reshape,
  square,
  sub,
  take,
  tanh,
  tensor,
  treeMap,
  vmap,
} from '@spikeward/core'
import type { Key, Loss, LossParts, Tensor } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import {
  activity,
  average,
  bp,
  eligibility,
  exactReadout,
  gaussianDistribution,
  lowRank,
  rademacherDistribution,
  rfg,
} from '../src/index.js'
import { net, netLoss, numbers, squaredNorm } from './fixtures.js'
import { moments, squared, truth } from './moments.js'
import { sample } from './sample.js'
import { N, onBatch, p, params, q } from './population.js'
import { spikingLoss } from '@spikeward/testkit'

const ctx = { key: key(11) }
const close = (a: readonly number[], b: readonly number[], digits = 10): void => {
  expect(a).toHaveLength(b.length)
  a.forEach((x, i) => expect(x).toBeCloseTo(b[i]!, digits))
}
describe('eligibility', () => {
  it.each([{ widths: [2, 4, 1] }, { widths: [2, 4, 3] }, { widths: [3, 5, 2], time: 11, samples: 7 }])(
    'is back-propagation for one hidden layer: %j',
    async (options) => {
      const problem = spikingLoss(options)
      const g = await numbers(truth(problem))
      const { grad, value, stats } = eligibility().estimate(problem.loss, problem.params, {}, ctx)
      expect(squaredNorm(g)).toBeGreaterThan(1e-3)
      close(await numbers(grad), g)
      expect(await value.item()).toBeCloseTo(await problem.loss(problem.params).item(), 12)
      expect(await stats.forwardEquivalents.item()).toBe(2)
    },
  )

  it('gives the bias of every layer without bias: activity below, a trace above', async () => {
    // ∂L/∂b = Σ_t δ_t holds for any input over time.
    const problem = spikingLoss({ widths: [2, 3, 4, 1], time: 5 })
    const g = truth(problem)
    const above = await numbers(eligibility().estimate(problem.loss, problem.params, {}, ctx).grad.layers[1]!.bias)
    close(above, await numbers(g.layers[1]!.bias))
    const { bias, variance } = await moments(eligibility(), problem, (w) => w.layers[0]!, 3000)
    expect(variance).toBeGreaterThan(0)
    expect(squaredNorm(bias)).toBeLessThan((6 * variance) / 3000)
  })

  it('leaves the layers below unchanged on request, and draws nothing', async () => {
    const { loss, params } = spikingLoss({ widths: [2, 3, 4, 1] })
    const [a, b] = [1, 2].map((k) => eligibility({ directions: 0 }).estimate(loss, params, {}, { key: key(k) }).grad)
    expect(await numbers(a!)).toEqual(await numbers(b!))
    expect(squaredNorm(await numbers(a!.layers[0]!))).toBe(0)
  })
})

describe('activity', () => {
  it('has no bias if inputs are constant in time, for any option', async () => {
    const problem = spikingLoss({ widths: [2, 3, 2], time: 4 })
    for (const options of [
      {},
      { directions: 3 },
      { readout: 'noise' },
      { scope: 'layerwise', readout: 'noise' },
    ] as const) {
      const { bias, variance } = await moments(activity(options), problem, (w) => w, 3000)
      expect(squaredNorm(bias)).toBeLessThan((6 * variance) / 3000)
    }
  })

  it('forms the readout exactly', async () => {
    const problem = spikingLoss({ widths: [2, 3, 4, 2] })
    const { grad } = activity().estimate(problem.loss, problem.params, {}, ctx)
    close(await numbers(grad.readout), await numbers(truth(problem).readout))
  })

  it.each([rademacherDistribution, gaussianDistribution])(
    'has variance (q + κ − 2)(V + S)/(NK) given the batch: $name',
    async (distribution) => {
      const problem = { loss: onBatch(arange(N, 'i32'), N), params }
      const each = vmap((i: Tensor) => squared(truth({ loss: onBatch(reshape(i, [1]), 1), params })))(arange(N, 'i32'))
      const second = await mean(each).item()
      for (const directions of [1, 4]) {
        const { variance } = await moments(
          activity({ readout: 'noise', distribution, directions }),
          problem,
          (w) => w,
          20_000,
        )
        const stated = ((q + distribution.kurtosis(1) - 2) * second) / (N * directions)
        expect(Math.abs(variance / stated - 1)).toBeLessThan(0.05)
      }
    },
  )

  it.each([
    ['activity', activity({ readout: 'noise', distribution: gaussianDistribution }), q],
    ['shared weight noise', rfg(), (p + 1) * q],
  ] as const)('over random batches: [(D + 2)V + (D + 1)S]/N in D dimensions; %s', async (name, e, D) => {
    const g = truth({ loss: onBatch(arange(40, 'i32'), 40), params })
    const S = squaredNorm(await numbers(g))
    const second = vmap((i: Tensor) => squared(truth({ loss: onBatch(reshape(i, [1]), 1), params })))(arange(40, 'i32'))
    const V = (await mean(second).item()) - S
    const one = (base: Key) => (i: Tensor) => {
      const [drawn, noise] = base.fold(i).split(2) as [Key, Key]
      const loss = onBatch(randint(drawn, [N], 40), N)
      return squared(treeMap(sub, e.estimate(loss, params, {}, { key: noise }).grad, g))
    }
    const missed = sample((base) => mean(vmap(one(base))(arange(20_000, 'u32'))), key(6))
    const stated = name === 'activity' ? ((D + 2) * V + (D + 1) * S) / N : ((D + 2) * V) / N + (D + 1) * S
    expect(Math.abs((await missed.item()) / stated - 1)).toBeLessThan(0.05)
  })
})

describe('lowRank for each sample', () => {
  it('has no bias, an exact readout, and the variance (d_l − 1)(V + S)/(NK) at a layer', async () => {
    const problem = spikingLoss({ widths: [2, 3, 2], time: 4 })
    const e = lowRank({ perSample: true, directions: 2 })
    const g = truth(problem)
    const { grad, stats } = e.estimate(problem.loss, problem.params, {}, ctx)
    close(await numbers(grad.readout), await numbers(g.readout))
    expect(await stats.forwardEquivalents.item()).toBe(4)
    const n = 10_000
    const { bias, variance } = await moments(e, problem, (w) => w.layers, n)
    expect(squaredNorm(bias)).toBeLessThan((6 * variance) / n)
    // Σₙ ‖gₙ‖²: the gradients of the samples' own losses.
    const { parts } = problem.loss
    const own = vmap((i: Tensor) => {
      const loss = (w: typeof problem.params): Tensor =>
        reshape(take(parts!.head(parts!.forward(w, parts!.input)), reshape(i, [1])), [])
      return squared(truth({ loss, params: problem.params }).layers)
    })(arange(parts!.samples, 'i32'))
    const stated = ((9 - 1) * (await mean(own).item())) / (parts!.samples * 2)
    expect(Math.abs(variance / stated - 1)).toBeLessThan(0.05)
  })
})

describe('exactReadout', () => {
  it.each([
    ['rfg', rfg({ directions: 2 })],
    ['average of activity', average(2, activity())],
  ] as const)('makes the readout of %s exact and leaves the rest unbiased', async (_, e) => {
    const problem = spikingLoss({ widths: [2, 3, 2], time: 4 })
    const one = exactReadout(e).estimate(problem.loss, problem.params, {}, ctx)
    close(await numbers(one.grad.readout), await numbers(truth(problem).readout))
    const { bias, variance } = await moments(exactReadout(e), problem, (w) => w.layers, 3000)
    expect(squaredNorm(bias)).toBeLessThan((6 * variance) / 3000)
  })

  it('takes the readout out of the variance of the rest', async () => {
    const problem = spikingLoss({ widths: [2, 3, 1], time: 4 })
    const { variance } = await moments(exactReadout(rfg()), problem, (w) => w.layers, 20_000)
    const stated = (9 + 1) * squaredNorm(await numbers(truth(problem).layers))
    expect(Math.abs(variance / stated - 1)).toBeLessThan(0.05)
  })

  it('reports that it needs more than values', () => {
    expect(exactReadout({ ...rfg(), needs: 'evaluate' }).needs).toBe('jvp')
    expect(exactReadout(bp()).needs).toBe('vjp')
  })
})

describe('estimators of layers refuse', () => {
  it.each([activity(), exactReadout(rfg())])('a loss without parts: $name', (e) => {
    expect(() => e.estimate(netLoss, net, {}, ctx)).toThrow(expect.objectContaining({ code: 'LOSS_WITHOUT_PARTS' }))
  })

  it('a parameter that acts below a layer and belongs to none', () => {
    const { params } = spikingLoss({ widths: [2, 3, 1] })
    const more = { hidden: params.layers[0]!, readout: params.readout, gain: tensor(1.5, { dtype: 'f64' }) }
    const parts = lossParts({
      samples: 5,
      input: normal(key(1), [5, 2], { dtype: 'f64' }),
      forward: (p: typeof more, at) => affine(p.readout, mul(tanh(affine(p.hidden, at)), p.gain)),
      head: (output) => mean(square(output), 1),
      residuals: null,
    })
    const wider: Loss<typeof more> = Object.assign(
      (p: typeof more) => mean(parts.head(parts.forward(p, parts.input))),
      {
        parts,
      },
    )
    expect(() => activity().estimate(wider, more, {}, ctx)).toThrow(
      expect.objectContaining({ code: 'PARAMETER_WITHOUT_LAYER' }),
    )
  })

  it('a scale of the outputs has an exact gradient beside them', async () => {
    const { loss, params } = spikingLoss()
    const more = { ...params, scale: tensor(1.5, { dtype: 'f64' }) }
    const wider: Loss<typeof more> = Object.assign((p: typeof more) => mul(loss(p), square(p.scale)), {
      parts: loss.parts as unknown as LossParts<typeof more>,
    })
    const { grad } = activity().estimate(wider, more, {}, ctx)
    close(await numbers(grad.scale), await numbers(truth({ loss: wider, params: more }).scale))
  })

  it('options that mean nothing', () => {
    expect(() => activity({ scope: 'all' as 'global' })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    expect(() => activity({ directions: 0 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    expect(() => eligibility({ direction: 1 } as object)).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }))
  })
})
