import {
  add,
  affine,
  key,
  lossParts,
  matmul,
  mean,
  mul,
  normal,
  square,
  sub,
  tanh,
  transpose,
  treeLeaves,
  zeros,
} from '@spikeward/core'
import type { Estimator, Loss, LossParts, Tensor, Tree } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { activity, bp, eligibility, exactReadout, gaussNewton, lowRank, perBlock, rfg } from '../src/index.js'

// A product of two networks, u = a(x) b(y)ᵀ [5, 4]: a mean over the rows of x as well as over those of y.
const f64 = { dtype: 'f64' } as const
const [x, y, u] = [normal(key(1), [5, 2], f64), normal(key(2), [4, 1], f64), normal(key(3), [5, 4], f64)]
const map = (k: number, m: number, n: number) => ({
  weight: normal(key(k), [m, n], f64),
  bias: normal(key(k).fold(1), [n], f64),
})
const net = (k: number, m: number) => ({ hidden: map(k, m, 3), readout: map(k + 1, 3, 2) })
type Net = ReturnType<typeof net>
type Params = { readonly a: Net; readonly b: Net }
const params: Params = { a: net(10, 2), b: net(20, 1) }

const netOf = ({ hidden, readout }: Net, at: Tensor): Tensor => affine(readout, tanh(affine(hidden, at)))

const view = (part: 'a' | 'b', at: Tensor): LossParts<Params> =>
  lossParts({
    samples: at.shape[0]!,
    input: at,
    forward(p: Params, own) {
      const other = part === 'a' ? netOf(p.b, y) : netOf(p.a, x)
      return matmul(netOf(p[part], own), transpose(other))
    },
    head: (output) => mean(square(sub(output, part === 'a' ? u : transpose(u))), 1),
    residuals: null,
  })
const parts: LossParts<Params> = { ...view('a', x), others: [view('b', y)] }
const loss: Loss<Params> = Object.assign((p: Params) => mean(parts.head(parts.forward(p, parts.input))), { parts })

const numbers = async (t: Tree): Promise<number[]> =>
  (await Promise.all(treeLeaves(t).map(async (leaf) => [...(await leaf.data())]))).flat()
const gradient = <P extends Tree>(e: Estimator, of: Loss<P>, p: P): P =>
  e.estimate(of, p, e.init(p), { key: key(5) }).grad
const close = async (a: Tree, b: Tree): Promise<void> => {
  const expected = await numbers(b)
  ;(await numbers(a)).forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 10))
}

describe('a loss that is a mean over samples in two ways', () => {
  const truth = gradient(bp(), loss, params)

  it('gets its gradient from eligibility, each view for its own parameters', async () => {
    await close(gradient(eligibility(), loss, params), truth)
    const { stats, value } = eligibility().estimate(loss, params, {}, { key: key(5) })
    expect(await stats.forwardEquivalents.item()).toBe(2)
    expect(await value.item()).toBeCloseTo(await loss(params).item(), 12)
  })

  it('gives both readouts exactly', async () => {
    for (const e of [activity(), exactReadout(rfg())]) {
      const { a, b } = gradient(e, loss, params)
      await close([a.readout, b.readout], [truth.a.readout, truth.b.readout])
      expect(await numbers(a.hidden)).not.toEqual(await numbers(truth.a.hidden))
    }
  })

  it('shows each part of perBlock the view that it belongs to', async () => {
    await close(gradient(perBlock({ a: eligibility(), b: eligibility() }), loss, params), truth)
    const { b } = gradient(perBlock({ a: bp(), b: lowRank({ perSample: true }) }), loss, params)
    await close(b.readout, truth.b.readout)
  })

  it('gives a parameter above all layers its exact gradient, and says that an estimator needs residuals', async () => {
    const more = { ...params, level: zeros([1], 'f64') }
    const raised: Loss<typeof more> = Object.assign((p: typeof more) => mul(loss(p), add(mean(p.level), 1)), {
      parts: loss.parts as unknown as LossParts<typeof more>,
    })
    await close(gradient(activity(), raised, more).level, gradient(bp(), raised, more).level)
    expect(() => gradient(gaussNewton(), loss, params)).toThrow(/this loss has no residuals.*LOSS_WITHOUT_RESIDUALS/s)
  })
})
