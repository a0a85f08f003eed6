import { describe, expect, it } from 'vitest'
import type { Tensor } from '../../src/index.js'
import {
  abs,
  add,
  cast,
  customJvp,
  div,
  greater,
  jit,
  jvp,
  matmul,
  maximum,
  mul,
  scan,
  sin,
  smoothSpikes,
  square,
  sub,
  sum,
  tensor,
  vmap,
} from '../../src/index.js'

const heaviside = (u: Tensor): Tensor => cast(greater(u, 0), u.dtype)
const spikeOf = (slope: (u: Tensor) => Tensor): ((u: Tensor) => Tensor) =>
  customJvp(heaviside, ([u], [du]) => [heaviside(u!), mul(slope(u!), du!)])
const rational = spikeOf((u) => div(1, square(add(1, abs(u)))))
const triangle = spikeOf((u) => maximum(sub(1, abs(u)), 0))

const weight = tensor([0.5, -1.25, 0.75, 1, 0.25, -0.5], { shape: [2, 3], dtype: 'f64' })
const ins = tensor(
  Array.from({ length: 10 }, (_, i) => Math.sin(3 * i)),
  { shape: [5, 2], dtype: 'f64' },
)
/** A layer of neurons with reset and a product of its spikes, over five steps. */
const layered =
  (spike: (u: Tensor) => Tensor) =>
  (w: Tensor): Tensor =>
    sum(
      scan(
        (u: Tensor, x: Tensor) => {
          const charged = add(mul(u, 0.8), matmul(x, w))
          const s = spike(sub(charged, 0.3))
          return [sub(charged, mul(s, 0.3)), square(matmul(s, tensor([0.4, -0.9, 1.1], { dtype: 'f64' })))] as const
        },
        tensor([0, 0, 0], { dtype: 'f64' }),
        ins,
      )[1],
    )

const v = tensor([0.3, -0.2, 0.9, 0.4, -0.7, 0.1], { shape: [2, 3], dtype: 'f64' })

/** The derivative along v, and a central difference of fourth order. */
async function both(f: (w: Tensor) => Tensor): Promise<readonly [number, number]> {
  const derivative = await jvp(f, [weight], [v])[1].item()
  const at = (h: number): Promise<number> => f(add(weight, mul(v, h))).item()
  const h = 0.01
  const parts = await Promise.all([h, -h, 2 * h, -2 * h].map(at))
  const [a, b, c, d] = parts as [number, number, number, number]
  return [derivative, (8 * (a - b) - (c - d)) / (12 * h)]
}

describe('smoothSpikes', () => {
  it.each([
    ['a rational slope', rational, 0.01],
    ['a triangle, which has kinks', triangle, 0.05],
  ])('has the derivative that finite differences have: %s', async (_, spike, tolerance) => {
    const [derivative, difference] = await both(smoothSpikes(layered(spike)))
    expect(Math.abs(derivative)).toBeGreaterThan(0.05)
    expect(Math.abs(derivative - difference)).toBeLessThan(tolerance * Math.abs(derivative))
  })
  it('gives ½ at the threshold, and values between 0 and 1', async () => {
    const values = await smoothSpikes(triangle)(tensor([-5, -0.5, 0, 0.5, 5])).data()
    const exact = [0, 0.125, 0.5, 0.875, 1]
    values.forEach((x, i) => expect(x).toBeCloseTo(exact[i]!, 2))
  })
  it('passes through jit and vmap', async () => {
    const f = smoothSpikes(layered(rational))
    const [plain, compiled] = [await f(weight).item(), await jit(f)(weight).item()]
    expect(compiled).toBeCloseTo(plain, 10)
    expect(
      await smoothSpikes((w: Tensor) => vmap(layered(rational), [0])(w))(
        tensor([...(await weight.data())], { shape: [1, 2, 3], dtype: 'f64' }),
      ).item(),
    ).toBeCloseTo(plain, 10)
  })
  it('leaves a function without spikes as it is, and does not correct a rule that does not fit its function', async () => {
    expect(await smoothSpikes((x: Tensor) => sin(x))(tensor(0.3)).item()).toBe(await sin(tensor(0.3)).item())
    const wrong = customJvp(sin, ([x], [dx]) => [sin(x!), mul(2, dx!)])
    const [derivative, difference] = await both(smoothSpikes((w: Tensor) => sum(wrong(w))))
    expect(Math.abs(derivative - difference)).toBeGreaterThan(0.1)
  })
})
