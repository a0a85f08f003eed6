import { describe, expect, it } from 'vitest'
import * as sw from '../../src/index.js'
import type { Tensor } from '../../src/index.js'
import { checkDerivatives, expectClose, f64, irregular } from '../helpers.js'

const w = f64([
  [0.5, -0.2, 0.1],
  [0.3, 0.4, -0.6],
  [-0.1, 0.7, 0.2],
])
const start = f64([0.4, -0.3, 0.8])
const drive = (time: number): Tensor => irregular(sw.zeros([time, 3], 'f64'))

/** A recurrent network: a constant, a carry, a sequence in, one out. */
const recurrent =
  (reverse = false) =>
  (weight: Tensor, init: Tensor, xs: Tensor): sw.Tree =>
    sw.scan(
      (s: Tensor, x: Tensor) => {
        const next = sw.tanh(sw.add(sw.matmul(s, weight), x))
        return [next, sw.mul(next, x)] as const
      },
      init,
      xs,
      { reverse },
    )

/** Time in chunks: a scan over chunks with a scan over the chunk's steps in it. */
const chunked =
  (chunks: number, steps: number) =>
  (weight: Tensor, init: Tensor): Tensor =>
    sw.sum(
      sw.scan(
        (s: Tensor) => {
          const [u] = sw.scan((v: Tensor) => [sw.sin(sw.add(v, s)), []] as const, s, null, { length: steps })
          return [sw.tanh(sw.matmul(u, weight)), []] as const
        },
        init,
        null,
        { length: chunks },
      )[0],
    )

/** The largest number of elements of a value outside the bodies of scans. */
const largest = (fn: (...xs: Tensor[]) => sw.Tree, ...xs: Tensor[]): number =>
  Math.max(
    ...sw
      .trace(fn, ...xs)
      .program.equations.flatMap((e) => e.outputs.map((v) => v.aval.shape.reduce((a, b) => a * b, 1))),
  )

describe('checkpoint', () => {
  it.each([1, 2, 3, 5, 8, 12, 17])('%i steps: the same value and gradient for every segment', async (time) => {
    const args = [w, start, drive(time)]
    const pull =
      (fn: (...xs: Tensor[]) => sw.Tree) =>
      (...xs: Tensor[]): sw.Tree => {
        const [y, back] = sw.vjp(fn, ...xs)
        return [y, back(irregular(y, 7))]
      }
    for (const reverse of [false, true]) {
      const plain = recurrent(reverse)
      const expected = pull(plain)(...args)
      for (const options of [{}, ...[1, 2, 3, 4, 5, 20].map((every) => ({ every }))]) {
        const cut = pull(sw.checkpoint(plain, options))
        await expectClose(cut(...args), expected, 1e-13)
        await expectClose(sw.jit(cut)(...args), expected, 1e-13)
      }
    }
  })

  it('derivatives in every mode, batched and of second order', async () => {
    const plain = recurrent()
    const cut = sw.checkpoint(plain, { every: 2 })
    await checkDerivatives(cut, [w, start, drive(5)])
    const total = (fn: typeof plain) => (s: Tensor) => sw.sum(sw.square(sw.treeLeaves(fn(w, s, drive(7)))[1]!))
    const along = (fn: typeof plain) => sw.jvp(sw.grad(total(fn)), [start], [irregular(start)])[1]
    await expectClose(along(cut), along(plain), 1e-12)
    const curvature = (fn: typeof plain) => sw.grad((s: Tensor) => sw.sum(sw.square(sw.grad(total(fn))(s))))(start)
    await expectClose(curvature(cut), curvature(plain), 1e-12)
    const many = sw.stack([start, sw.mul(2, start)])
    await expectClose(sw.vmap(sw.grad(total(cut)))(many), sw.vmap(sw.grad(total(plain)))(many), 1e-12)
  })

  it('cuts a scan over chunks by its time steps', async () => {
    for (const every of [1, 4, 8, 10, 100]) {
      const plain = chunked(6, 4)
      const [a, b] = [sw.grad(plain)(w, start), sw.grad(sw.checkpoint(plain, { every }))(w, start)]
      await expectClose(b, a, 1e-13)
    }
  })

  it('stores √T of the intermediates of T steps', () => {
    const kept = (fn: (weight: Tensor, init: Tensor) => Tensor) => largest((a, b) => sw.grad(fn)(a, b), w, start)
    const deep = (time: number) => chunked(time, 1)
    expect([64, 256].map((t) => kept(deep(t)))).toEqual([64 * 3, 256 * 3])
    expect([64, 256].map((t) => kept(sw.checkpoint(deep(t))))).toEqual([8 * 3, 16 * 3])
    // 32 chunks of 8 steps are 256 time steps: segments of 16 steps, two chunks each.
    expect(kept(sw.checkpoint(chunked(32, 8)))).toBe(16 * 3)
  })

  it('stores nothing that the reverse pass does not read', () => {
    const loss = (a: Tensor): Tensor => {
      const [{ u }] = sw.scan(
        (c: { u: Tensor; n: Tensor }, x: Tensor) =>
          [{ u: sw.add(c.u, sw.mul(a, x)), n: sw.add(c.n, c.u) }, []] as const,
        { u: sw.zerosLike(start), n: sw.zerosLike(start) },
        drive(16),
      )
      return sw.sum(u)
    }
    expect(sw.printProgram(sw.trace((a: Tensor) => sw.grad(sw.checkpoint(loss))(a), start).program)).not.toContain(
      '[4,3] =',
    )
  })

  it('refuses a segment without steps, and a Promise', () => {
    for (const every of [0, -1, 1.5, Number.NaN])
      expect(() => sw.checkpoint((x: Tensor) => x, { every })).toThrow(/INVALID_ARGUMENT/)
    const promise = (async (x: Tensor) => x) as unknown as (x: Tensor) => Tensor
    expect(() => sw.checkpoint(promise)(start)).toThrow(/ASYNC_FUNCTION/)
  })
})
