import { describe, expect, it } from 'vitest'
import * as sw from '../../src/index.js'
import type { Tensor } from '../../src/index.js'
import { checkDerivatives, expectClose, f64, numbers } from '../helpers.js'
import { derivativeCases, v } from './derivativeCases.js'

describe('derivatives', () => {
  it.each(derivativeCases)('%s: jvp against differences, vjp against jvp', async (_name, fn, args) => {
    await checkDerivatives(fn, args, 1e-5)
  })

  it.each(derivativeCases)('%s: the same under jit', async (_name, fn, args) => {
    await expectClose(sw.jit(fn)(...args), fn(...args), 1e-12)
    const ones = args.map((a) => sw.onesLike(a))
    const push = (...xs: Tensor[]) => sw.jvp(fn, xs, ones)[1]
    await expectClose(sw.jit(push)(...args), push(...args), 1e-12)
    const pull = (...xs: Tensor[]): sw.Tree => {
      const [y, back] = sw.vjp(fn, ...xs)
      return back(sw.treeMap((t) => sw.add(t, 1), y))
    }
    await expectClose(sw.jit(pull)(...args), pull(...args), 1e-12)
  })

  it.each(derivativeCases)('%s: vmap against a loop, all arguments and partly batched', async (_name, fn, args) => {
    const scales = [1, 1.1, 0.9]
    const batched = args.map((a) => sw.stack(scales.map((s) => sw.mul(a, s))))
    const loop = (xs: (i: number) => Tensor[]): sw.Tree => {
      const results = scales.map((_, i) => sw.treeFlatten(fn(...xs(i))))
      return results[0]!.leaves.map((_, j) => sw.stack(results.map((r) => r.leaves[j]!)))
    }
    await expectClose(
      sw.vmap(fn)(...batched),
      loop((i) => args.map((a) => sw.mul(a, scales[i]!))),
      1e-10,
    )
    const partly = args.map((a, j) => (j === 0 ? batched[0]! : a))
    const axes = args.map((_, j) => (j === 0 ? 0 : null))
    await expectClose(
      sw.vmap(fn, axes)(...partly),
      loop((i) => args.map((a, j) => (j === 0 ? sw.mul(a, scales[i]!) : a))),
      1e-10,
    )
    await expectClose(
      sw.jit((...xs: Tensor[]) => sw.vmap(fn, axes)(...xs))(...partly),
      sw.vmap(fn, axes)(...partly),
      1e-12,
    )
    const directions = sw.vmap(
      (d: Tensor) =>
        sw.jvp(
          fn,
          args,
          args.map((a, j) => (j === 0 ? d : sw.zerosLike(a))),
        )[1],
    )
    const one = sw.jvp(
      fn,
      args,
      args.map((a, j) => (j === 0 ? sw.mul(a, 1.1) : sw.zerosLike(a))),
    )[1]
    const all = sw.treeLeaves(directions(batched[0]!)).map((t) =>
      sw.reshape(
        sw.slice(
          t,
          t.shape.map((_, a) => (a === 0 ? 1 : 0)),
          t.shape.map((d, a) => (a === 0 ? 2 : d)),
        ),
        t.shape.slice(1),
      ),
    )
    await expectClose(all, sw.treeLeaves(one), 1e-10)
  })

  it('second derivatives agree: jvp of jvp, jvp of grad, grad of jvp', async () => {
    const f = (x: Tensor): Tensor => sw.sum(sw.mul(sw.sin(x), sw.mul(x, x)))
    const d = f64([1, 0, 0])
    const first = (x: Tensor): Tensor => sw.jvp(f, [x], [d])[1]
    const second = sw.jvp(first, [v], [d])[1]
    const x = 0.4
    await expectClose(second, [2 * Math.sin(x) + 4 * x * Math.cos(x) - x * x * Math.sin(x)], 1e-12)
    await expectClose(sw.vdot(d, sw.jvp(sw.grad(f), [v], [d])[1]), second, 1e-12)
    await expectClose(sw.vdot(d, sw.grad(first)(v)), second, 1e-12)
  })

  it('separates nested perturbations', async () => {
    // d/dx [x · d/dy (x + y)] = 1, not 2: the inner derivative must not see the outer tangent.
    const f = (x: Tensor): Tensor => sw.mul(x, sw.jvp((y: Tensor) => sw.add(x, y), [f64(1)], [f64(1)])[1])
    expect(await sw.jvp(f, [f64(3)], [f64(1)])[1].item()).toBe(1)
  })

  it('a custom rule holds in every mode', async () => {
    const step = (u: Tensor): Tensor => sw.cast(sw.greater(u, 0), u.dtype)
    const spike = sw.customJvp(step, ([u], [du]) => [step(u!), sw.mul(du!, sw.exp(sw.neg(sw.mul(u!, u!))))])
    const f = (u: Tensor): Tensor => sw.sum(sw.mul(spike(u), f64([1, 2, 3])))
    const slope = [1, 2, 3].map((w, i) => w * Math.exp(-([0.4, -1.3, 0.8][i]! ** 2)))
    await expectClose(sw.grad(f)(v), slope, 1e-12)
    await expectClose(sw.jit(sw.grad(f))(v), slope, 1e-12)
    await expectClose(
      sw.vmap((u: Tensor) => sw.jvp(spike, [u], [f64(1)])[1])(v),
      slope.map((s, i) => s / (i + 1)),
      1e-12,
    )
    await expectClose(sw.jvp((u: Tensor) => sw.vmap(spike)(u), [v], [f64([1, 2, 3])])[1], slope, 1e-12)
    const twice = sw.jvp((u: Tensor) => sw.jvp(spike, [u], [f64([1, 1, 1])])[1], [v], [f64([1, 1, 1])])[1]
    await expectClose(
      twice,
      [0.4, -1.3, 0.8].map((u) => -2 * u * Math.exp(-u * u)),
      1e-12,
    )
    // The result inside one derivative still has a slope in another one.
    const inside = sw.jvp(
      (u: Tensor) => sw.jvp((w: Tensor) => sw.mul(spike(u), w), [f64([1, 1, 1])], [f64([1, 1, 1])])[0],
      [v],
      [f64([1, 1, 1])],
    )
    await expectClose(
      inside[1],
      slope.map((s, i) => s / (i + 1)),
      1e-12,
    )
    const both = sw.jvp((u: Tensor) => sw.jvp(spike, [u], [f64([1, 1, 1])])[0], [v], [f64([1, 1, 1])])[1]
    await expectClose(
      both,
      slope.map((s, i) => s / (i + 1)),
      1e-12,
    )
  })

  it('every derivative treats stopGradient as a constant', async () => {
    const [y, dy] = sw.jvp((x: Tensor) => sw.mul(x, sw.stopGradient(x)), [f64(3)], [f64(1)])
    expect(await numbers([y, dy])).toEqual([9, 3])
    expect(
      await sw
        .grad((x: Tensor) => sw.mul(x, sw.stopGradient(x)))(f64(3))
        .item(),
    ).toBe(3)
  })
})
