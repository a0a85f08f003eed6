import { describe, expect, it } from 'vitest'
import {
  abs,
  affine,
  convolve,
  grad,
  jit,
  key,
  max,
  normal,
  ones,
  relu,
  scan,
  sigmaDeltaForm,
  square,
  sub,
  sum,
  tensor,
  zeros,
} from '../../src/index.js'
import type { Affine, Tensor } from '../../src/index.js'

type Params = { readonly first: Affine; readonly out: Affine }

const network = (p: Params, x: Tensor): Tensor => affine(p.out, relu(affine(p.first, x)))
const params: Params = {
  first: { weight: normal(key(1), [4, 6]), bias: normal(key(2), [6]) },
  out: { weight: normal(key(3), [6, 2]), bias: zeros([2]) },
}
const [x, y] = [normal(key(4), [3, 4]), normal(key(5), [3, 4])]
const distance = async (a: Tensor, b: Tensor): Promise<number> => max(abs(sub(a, b))).item()

describe('sigmaDeltaForm', () => {
  const form = sigmaDeltaForm(network)
  const held = form.init(params, x)

  it('is the dense network with thresholds of 0', async () => {
    const step = jit((thresholds: typeof held, before: typeof held, p: Params, now: Tensor) =>
      form.step(thresholds, before, p, now),
    )
    const { result, held: next } = step(form.thresholds(held, 0), held, params, y)
    expect(await distance(result, network(params, y))).toBeLessThan(1e-6)
    expect(await distance(next['first.weight']!, y)).toBe(0)
  })

  it('holds the last value sent until the change reaches the threshold of its channel', async () => {
    const p = { first: { weight: tensor([[1], [1]]), bias: zeros([1]) } }
    const one = sigmaDeltaForm((q: typeof p, u: Tensor) => affine(q.first, u))
    const thresholds = { 'first.weight': tensor([0.5, 2]) }
    const start = one.init(p, tensor([[0, 0]]))
    const silent = one.step(thresholds, start, p, tensor([[0.4, 1]]))
    expect(await silent.result.data()).toEqual(new Float32Array([0]))
    const { result, held: next, sends } = one.step(thresholds, silent.held, p, tensor([[0.5, 1.5]]))
    expect(await result.data()).toEqual(new Float32Array([0.5]))
    expect(await next['first.weight']!.data()).toEqual(new Float32Array([0.5, 0]))
    expect(await sends['first.weight']!.data()).toEqual(new Float32Array([1, 0]))
  })

  it('holds values within the thresholds over many steps', async () => {
    const inputs = normal(key(6), [20, 3, 4])
    const thresholds = form.thresholds(held, 0.7)
    const [, [sends, kept]] = scan(
      (before: typeof held, now: Tensor): [typeof held, [Tensor, Tensor]] => {
        const s = form.step(thresholds, before, params, now)
        return [s.held, [s.sends['first.weight']!, s.held['first.weight']!]]
      },
      held,
      inputs,
    )
    const messages = await sum(sends).item()
    expect(messages).toBeGreaterThan(0)
    expect(messages).toBeLessThan(20 * 12)
    expect(await distance(kept, inputs)).toBeLessThan(0.7)
  })

  it('has the derivative of the dense network at the values that layers hold', async () => {
    const thresholds = form.thresholds(held, 100)
    const loss = (p: Params): Tensor => sum(square(form.step(thresholds, held, p, y).result))
    const { out } = grad(loss)(params)
    // Nothing is sent: the readout still sees the hidden values of x.
    const dense = grad((p: Params) => sum(square(network(p, x))))(params)
    expect(await distance(out.weight, dense.out.weight)).toBeLessThan(1e-4)
  })

  it('counts messages with the derivative of a smooth count, so that penalties and thresholds learn', async () => {
    const p = { weight: tensor([[1], [1]]), bias: zeros([1]) }
    const one = sigmaDeltaForm((q: Affine, u: Tensor) => affine(q, u))
    const start = one.init(p, zeros([1, 2]))
    const messages = (u: Tensor, t: Tensor): Tensor => sum(one.step({ weight: t }, start, p, u).sends['weight']!)
    const [u, t] = [tensor([[0.3, -0.1]]), tensor([0.2, 0.2])]
    expect(await messages(u, t).item()).toBe(1)
    const smooth = (a: number, b: number): number => a ** 2 / (a ** 2 + b ** 2)
    const slope = await grad((v: Tensor) => messages(v, t))(u).data()
    const byThreshold = await grad((v: Tensor) => messages(u, v))(t).data()
    for (const [i, x] of [0.3, -0.1].entries()) {
      expect(slope[i]).toBeCloseTo((smooth(x + 1e-4, 0.2) - smooth(x - 1e-4, 0.2)) / 2e-4, 3)
      expect(byThreshold[i]).toBeCloseTo((smooth(x, 0.2001) - smooth(x, 0.1999)) / 2e-4, 3)
    }
  })

  it('knows the fan-out of each input', async () => {
    const wide = { first: { weight: normal(key(7), [5, 2, 3]) }, out: { weight: normal(key(8), [3, 3, 1]) } }
    const field = sigmaDeltaForm((p: typeof wide, u: Tensor) =>
      convolve(p.out, convolve(p.first, u, { edges: 'circular' })),
    )
    const fan = field.fanOut(wide, ones([1, 8, 2]))
    expect(new Set(await fan['first.weight']!.data())).toEqual(new Set([15]))
    // Zeros at the edges: the outermost cells reach one output less.
    expect(Array.from(await fan['out.weight']!.data()).filter((_, i) => i % 3 === 0)).toEqual([2, 3, 3, 3, 3, 3, 3, 2])
  })

  it('refuses a layer in a loop over time, and layers without thresholds', () => {
    const looped = (p: { readonly first: Affine }, u: Tensor): Tensor =>
      scan((s: Tensor): [Tensor, Tensor] => [affine(p.first, s), s], u, null, { length: 2 })[1]
    const recurrent = { first: { weight: zeros([4, 4]), bias: zeros([4]) } }
    expect(() => sigmaDeltaForm(looped).init(recurrent, x)).toThrow(/'first.weight' is in a loop over time/)
    expect(() => form.step({}, held, params, y)).toThrow(/'first.weight' has no threshold/)
  })
})
