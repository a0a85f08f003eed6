import {
  add,
  affine,
  cast,
  customJvp,
  div,
  greater,
  key,
  mean,
  mul,
  normal,
  scan,
  square,
  sub,
  sum,
  tensor,
  treeMap,
  zeros,
} from '@spikeward/core'
import type { Estimator, Tensor } from '@spikeward/core'
import { spikingLoss } from '@spikeward/testkit'
import { describe, expect, it } from 'vitest'
import { type Transport, eligibility, gaussNewton, rateBackpropagation } from '../../src/index.js'
import { numbers, squaredNorm } from '../fixtures.js'
import { truth } from '../moments.js'
import { unitColumns } from './unitColumns.js'

const ctx = { key: key(11) }
const three = spikingLoss({ widths: [2, 16, 16, 16, 2], samples: 12, time: 16 })
const cosine = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((s, x, i) => s + x * b[i]!, 0) / Math.sqrt(squaredNorm(a) * squaredNorm(b))
const close = (a: readonly number[], b: readonly number[]): void => {
  expect(a).toHaveLength(b.length)
  a.forEach((x, i) => expect(x).toBeCloseTo(b[i]!, 10))
}

/** Cosine to back-propagation of the weight of each hidden layer, after `steps` estimates at the same parameters. */
async function cosines(transport: Transport, steps = 1, on = three): Promise<number[]> {
  const e = rateBackpropagation({ transport })
  let state = e.init(on.params)
  let grad = on.params
  for (let i = 0; i < steps; i++) ({ state, grad } = e.estimate(on.loss, on.params, state, { key: ctx.key.fold(i) }))
  const g = truth(on)
  return Promise.all(
    grad.layers.map(async ({ weight }, l) => cosine(await numbers(weight), await numbers(g.layers[l]!.weight))),
  )
}

describe('rateBackpropagation', () => {
  it('is exact for one hidden layer', async () => {
    const one = spikingLoss({ widths: [2, 4, 2] })
    const e = rateBackpropagation()
    close(await numbers(e.estimate(one.loss, one.params, e.init(one.params), ctx).grad), await numbers(truth(one)))
  })

  it('treats the last hidden layer and the readout as eligibility does', async () => {
    const e = rateBackpropagation()
    const { grad } = e.estimate(three.loss, three.params, e.init(three.params), ctx)
    const other = eligibility().estimate(three.loss, three.params, {}, ctx).grad
    close(await numbers([grad.layers[2]!, grad.readout]), await numbers([other.layers[2]!, other.readout]))
  })

  it('points along the gradient in every one of three layers, by the forward weights', async () => {
    for (const c of await cosines('weights')) expect(c).toBeGreaterThan(0.97)
  })

  it('does so through residual layers, along the current that skips a layer as well', async () => {
    const skipping = spikingLoss({ widths: [2, 16, 16, 16, 2], samples: 12, time: 16, residual: true })
    for (const c of await cosines('weights', 1, skipping)) expect(c).toBeGreaterThan(0.97)
  })

  describe('of layers whose weights have unit length', () => {
    const mapped = spikingLoss({ widths: [2, 16, 16, 16, 2], samples: 12, time: 16, weightMap: unitColumns })

    it('points along the gradient in every layer, by the weights and by a mirror', async () => {
      for (const c of await cosines('weights', 1, mapped)) expect(c).toBeGreaterThan(0.97)
      for (const c of await cosines('weightMirror', 3, mapped)) expect(c).toBeGreaterThan(0.97)
    })

    it('changes no length of the weights into a neuron, to first order', async () => {
      const e = rateBackpropagation()
      const { grad } = e.estimate(mapped.loss, mapped.params, e.init(mapped.params), ctx)
      for (const l of [1, 2]) {
        const change = await numbers(sum(mul(grad.layers[l]!.weight, mapped.params.layers[l]!.weight), 0))
        for (const c of change) expect(c).toBeCloseTo(0, 12)
      }
    })

    it.each([
      ['Kolen–Pollack feedback', rateBackpropagation({ transport: 'kolenPollack' })],
      ['gaussNewton', gaussNewton()],
    ] as readonly [string, Estimator][])('is refused by %s', (_, e) => {
      expect(() => e.estimate(mapped.loss, mapped.params, e.init(mapped.params), ctx)).toThrow(
        expect.objectContaining({ code: 'LAYERS_UNSUITABLE' }),
      )
    })
  })

  it('is the same by a weight mirror that saw a whole basis of each layer at these weights', async () => {
    const exact = await cosines('weights')
    for (const steps of [1, 3]) {
      for (const [l, c] of (await cosines('weightMirror', steps)).entries()) expect(c).toBeCloseTo(exact[l]!, 10)
    }
  })

  it('does not at first by random feedback, which has to align', async () => {
    const [lowest] = await cosines('random')
    expect(Math.abs(lowest!)).toBeLessThan(0.7)
  })

  it('brings Kolen–Pollack feedback and weights together by the decay that both have', async () => {
    const decay = 0.1
    const e = rateBackpropagation({ transport: 'kolenPollack', decay })
    let params = three.params
    let state = e.init(params)
    const distance = async (): Promise<number> =>
      squaredNorm(await numbers(sub(state.feedback[1]!, params.layers[1]!.weight)))
    const begun = await distance()
    for (let i = 0; i < 10; i++) {
      const { grad, state: next } = e.estimate(three.loss, params, state, ctx)
      state = next
      params = treeMap((p, g) => sub(mul(p, 1 - decay), mul(g, 0.05)), params, grad)
    }
    state = e.estimate(three.loss, params, state, ctx).state
    // Eleven estimates, eleven decays of the difference; its square is measured.
    expect((await distance()) / begun).toBeCloseTo((1 - decay) ** 22, 6)
  })

  it('needs no parts, and has traces of parameters of the neurons themselves', async () => {
    const x = normal(key(1), [6, 2], { dtype: 'f64' })
    const fire = customJvp(
      (u: Tensor) => cast(greater(u, 0), u.dtype),
      ([u], [du]) => [cast(greater(u!, 0), u!.dtype), div(du!, add(1, square(mul(u!, 2))))],
    )
    const params = {
      ...spikingLoss({ widths: [2, 4, 2] }).params,
      leak: tensor([0.9, 0.7, 0.8, 0.95], { dtype: 'f64' }),
    }
    const loss = (p: typeof params): Tensor => {
      const current = affine(p.layers[0]!, x)
      const step = (u: Tensor): [Tensor, Tensor] => {
        const charged = add(mul(u, p.leak), current)
        const s = fire(sub(charged, 1))
        return [sub(charged, s), s]
      }
      const [, spikes] = scan(step, zeros([6, 4], 'f64'), null, { length: 8 })
      return mean(square(affine(p.readout, mean(spikes, 0))))
    }
    const e = rateBackpropagation()
    close(await numbers(e.estimate(loss, params, e.init(params), ctx).grad), await numbers(truth({ loss, params })))
  })

  it.each([{ transport: 'mirror' as Transport }, { vectors: 0 }, { alignment: -1 }, { decay: 2 }])(
    'refuses %o',
    (options) => {
      expect(() => rateBackpropagation(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    },
  )
})
