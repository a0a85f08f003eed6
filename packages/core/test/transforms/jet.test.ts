import { describe, expect, it } from 'vitest'
import * as sw from '../../src/index.js'
import { traceFlat } from '../../src/interpreters/traceFlat.js'
import type { Tensor, Tree } from '../../src/index.js'
import { expectClose, f64, irregular, numbers } from '../helpers.js'
import { derivativeCases, v } from './derivativeCases.js'

type Fn = (...xs: Tensor[]) => Tree

/** The value and the derivatives along a direction by nested jvps. */
function nested(fn: Fn, args: Tensor[], along: Tensor[], order: number): Tree[] {
  const derivatives: Fn[] = [fn]
  for (let k = 1; k <= order; k++) {
    const last = derivatives[k - 1]!
    derivatives.push((...xs) => sw.jvp(last, xs, along)[1])
  }
  return derivatives.map((d) => d(...args))
}

describe('jet', () => {
  it.each(derivativeCases)('%s: as three nested jvps', async (_name, fn, args) => {
    const along = irregular(args)
    await expectClose(sw.jet(fn, args, along, 3), nested(fn, args, along, 3), 1e-9)
  })

  it('order 4 of smooth functions, by hand', async () => {
    const f = (x: Tensor): Tensor[] => [
      sw.sin(sw.mul(2, x)),
      sw.exp(x),
      sw.tanh(x),
      sw.div(1, sw.add(1, sw.mul(x, x))),
      sw.pow(x, 6),
    ]
    const x = 0.3
    const t = Math.tanh(x)
    const q = 1 + x * x
    const found = await numbers(sw.jit(() => sw.jet(f, [f64(x)], [f64(1)], 4)[4]!)())
    const exact = [
      16 * Math.sin(2 * x),
      Math.exp(x),
      (1 - t * t) * (16 * t - 24 * t ** 3),
      (24 * (5 * x ** 4 - 10 * x ** 2 + 1)) / q ** 5,
      360 * x * x,
    ]
    exact.forEach((e, i) => expect(found[i]).toBeCloseTo(e, 9))
  })

  it('computes the k + 1 coefficients of each layer, where nested jvps compute 2ᵏ tangents and share them only when compiled', () => {
    const w = f64([
      [0.5, -1.2, 2],
      [1.5, 0.7, -0.4],
      [0.1, 0.2, 0.3],
    ])
    const net: Fn = (x) => sw.matmul(sw.tanh(sw.matmul(sw.tanh(sw.matmul(x, w)), w)), w)
    const along = [sw.onesLike(v)]
    const products = (program: sw.Program): number => program.equations.filter((e) => e.primitive.name === 'dot').length
    const jets: Fn = (x) => sw.jet(net, [x], along, 4)[4]!
    const jvps: Fn = (x) => nested(net, [x], along, 4)[4]!
    const traced = (f: Fn): sw.Program => traceFlat((x) => sw.treeLeaves(f(x)), [v.aval]).program
    // The input has two coefficients: the point and the direction.
    expect(products(traced(jets))).toBe(2 + 5 + 5)
    expect(products(traced(jvps))).toBeGreaterThanOrEqual(2 * 16)
    // Of the last layer only the coefficient that is asked for is left.
    expect(products(sw.trace(jets, v).program)).toBe(2 + 5 + 1)
    expect(products(sw.trace(jvps, v).program)).toBe(2 + 5 + 1)
  })

  it('carries k + 1 coefficients of the state of a scan, where nested jvps carry 2ᵏ, also when compiled', () => {
    const net: Fn = (x) =>
      sw.scan((h: Tensor, u: Tensor) => [sw.tanh(sw.add(h, u)), sw.sin(h)] as const, x, sw.stack([x, x]))
    const along = [sw.onesLike(v)]
    const carries = (f: Fn): readonly number[] =>
      sw
        .trace((x: Tensor) => f(x), v)
        .program.equations.filter((e) => e.primitive.name === 'scan')
        .map((e) => (e.params as { readonly carries: number }).carries)
    expect(carries((x) => sw.jet(net, [x], along, 4))).toEqual([5])
    expect(carries((x) => nested(net, [x], along, 4)).at(-1)).toBe(16)
  })

  it('keeps coefficients of a scan that are zero symbolic: a sequence that moves along a line has two', () => {
    const net: Fn = (x) => sw.scan((h: Tensor, u: Tensor) => [sw.add(h, u), []] as const, f64(0), x)[0]
    const [scan] = sw
      .trace((x: Tensor) => sw.jet(net, [x], [sw.onesLike(v)], 4), v)
      .program.equations.filter((e) => e.primitive.name === 'scan')
    const { carries, xsAxes } = scan!.params as { readonly carries: number; readonly xsAxes: readonly number[] }
    expect([carries, xsAxes.length]).toEqual([2, 2])
  })

  it('composes with jvp, grad, vmap and itself, and separates their perturbations', async () => {
    const f = (x: Tensor, w: Tensor): Tensor => sw.sum(sw.tanh(sw.mul(w, sw.mul(x, x))))
    const w = f64([0.7, -0.2, 1.1])
    const one = sw.onesLike(v)
    const second = (weights: Tensor): Tensor => sw.jet((x: Tensor) => f(x, weights), [v], [one], 2)[2]!
    const byJvps = (weights: Tensor): Tensor => nested((x) => f(x, weights), [v], [one], 2)[2] as Tensor
    await expectClose(sw.grad(second)(w), sw.grad(byJvps)(w), 1e-10)
    await expectClose(sw.jvp(second, [w], [v])[1], sw.jvp(byJvps, [w], [v])[1], 1e-10)
    const rows = sw.stack([w, v])
    await expectClose(sw.vmap(second)(rows), [await second(w).item(), await second(v).item()], 1e-10)
    // ∂²/∂x² ∂²/∂w² of (x w)³ = 6 · 6 · x w.
    const cube = (x: Tensor, y: Tensor): Tensor => sw.pow(sw.mul(x, y), 3)
    const inner = (y: Tensor): Tensor => sw.jet((x: Tensor) => cube(x, y), [f64(0.5)], [f64(1)], 2)[2]!
    expect(await sw.jet(inner, [f64(0.4)], [f64(1)], 2)[2]!.item()).toBeCloseTo(36 * 0.5 * 0.4, 10)
    const product = (x: Tensor): Tensor => sw.mul(x, sw.jet((y: Tensor) => sw.add(x, y), [f64(1)], [f64(1)], 1)[1]!)
    expect(await sw.jet(product, [f64(3)], [f64(1)], 1)[1]!.item()).toBe(1)
  })

  it('goes through the rule of a spike, and treats stopGradient as a constant', async () => {
    const step = (u: Tensor): Tensor => sw.cast(sw.greater(u, 0), u.dtype)
    const spike = sw.customJvp(step, ([u], [du]) => [step(u!), sw.mul(du!, sw.exp(sw.neg(sw.mul(u!, u!))))])
    const [y, first, second] = sw.jet((u: Tensor) => spike(u), [v], [sw.onesLike(v)], 2)
    const u = [0.4, -1.3, 0.8]
    await expectClose(y, [1, 0, 1], 0)
    await expectClose(
      first!,
      u.map((e) => Math.exp(-e * e)),
      1e-12,
    )
    await expectClose(
      second!,
      u.map((e) => -2 * e * Math.exp(-e * e)),
      1e-12,
    )
    const held = sw.jet((x: Tensor) => sw.mul(x, sw.stopGradient(x)), [f64(3)], [f64(1)], 2)
    expect(await numbers(held)).toEqual([9, 3, 0])
  })

  it('refuses an impossible order and a direction of another shape', () => {
    expect(() => sw.jet((x: Tensor) => x, [v], [v], 0)).toThrow(/order is 0/)
    expect(() => sw.jet((x: Tensor) => x, [v], [f64(1)], 2)).toThrow(/SHAPE|must agree/)
  })
})
