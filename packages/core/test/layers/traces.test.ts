import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as sw from '../../src/index.js'
import type { Tensor } from '../../src/index.js'
import { expectClose, irregular, numbers } from '../helpers.js'

const spike = sw.customJvp(
  (u: Tensor) => sw.cast(sw.greaterEqual(u, 0), 'f64'),
  ([u], [du]) => [
    sw.cast(sw.greaterEqual(u!, 0), 'f64'),
    sw.mul(sw.div(1, sw.square(sw.add(1, sw.mul(3, sw.abs(u!))))), du!),
  ],
)

const [N, T] = [4, 6]
const zeros = (...shape: number[]): Tensor => sw.zeros(shape, 'f64')
const f = (...shape: number[]): Tensor => irregular(zeros(...shape), shape[0]! * 10)
const x = f(N, 3)
/** One step of a leaky unit; derivatives pass its reset. */
const lif = (u: Tensor, current: Tensor, leak: Tensor | number = 0.9): [Tensor, Tensor] => {
  const charged = sw.add(sw.mul(u, leak), current)
  const s = spike(sw.sub(charged, 1))
  return [sw.sub(charged, s), s]
}
const one = { hidden: { weight: f(3, 5), bias: f(5) }, out: { weight: f(5, 2), bias: f(2) }, leak: sw.mul(f(5), 0.5) }
type One = typeof one

/** A layer of spikes whose loop counts them, or returns them, or holds the layer; with learned leaks. */
const oneLayer: Record<string, (p: One) => Tensor> = {
  'a count': (p) => {
    const current = sw.affine(p.hidden, x)
    const [[, count]] = sw.scan(
      ([u, n]: [Tensor, Tensor]): [[Tensor, Tensor], []] => {
        const [next, s] = lif(u, current, p.leak)
        return [[next, sw.add(n, s)], []]
      },
      [zeros(N, 5), zeros(N, 5)],
      null,
      { length: T },
    )
    return sw.affine(p.out, sw.div(count, T))
  },
  'a sequence': (p) => {
    const current = sw.affine(p.hidden, x)
    const [, spikes] = sw.scan((u: Tensor) => lif(u, current, p.leak), zeros(N, 5), null, { length: T })
    return sw.affine(p.out, sw.mean(spikes, 0))
  },
  'a layer in the loop': (p) => {
    const [, spikes] = sw.scan((u: Tensor) => lif(u, sw.affine(p.hidden, x), p.leak), zeros(N, 5), null, { length: T })
    return sw.affine(p.out, sw.mean(spikes, 0))
  },
  'chunks of time': (p) => {
    const current = sw.affine(p.hidden, x)
    const chunk = (c: [Tensor, Tensor], length: number): [Tensor, Tensor] =>
      sw.scan(
        ([u, n]: [Tensor, Tensor]): [[Tensor, Tensor], []] => {
          const [next, s] = lif(u, current, p.leak)
          return [[next, sw.add(n, s)], []]
        },
        c,
        null,
        { length },
      )[0]
    const [whole] = sw.scan(
      (c: [Tensor, Tensor]) => [chunk(c, 2), []],
      [zeros(N, 5), zeros(N, 5)] as [Tensor, Tensor],
      null,
      { length: 2 },
    )
    return sw.affine(p.out, sw.div(chunk(whole, 2)[1], T))
  },
}
const lossOf =
  (network: (p: One) => Tensor) =>
  (p: One): Tensor =>
    sw.mean(sw.square(sw.add(network(p), 0.3)))

const two = {
  first: { weight: f(3, 5), bias: f(5) },
  second: { weight: f(5, 5), bias: f(5) },
  out: { weight: f(5, 2), bias: f(2) },
}
type Two = typeof two

/** Two layers of spikes: stepped together, or one after the other. */
const twoLayers: Record<string, (p: Two) => Tensor> = {
  'in one loop': (p) => {
    const [, spikes] = sw.scan(
      ([a, b]: [Tensor, Tensor]): [[Tensor, Tensor], Tensor] => {
        const [u, s] = lif(a, sw.affine(p.first, x))
        const [v, t] = lif(b, sw.affine(p.second, s))
        return [[u, v], t]
      },
      [zeros(N, 5), zeros(N, 5)],
      null,
      { length: T },
    )
    return sw.affine(p.out, sw.mean(spikes, 0))
  },
  'layer by layer': (p) => {
    const current = sw.affine(p.first, x)
    const [, below] = sw.scan((u: Tensor) => lif(u, current), zeros(N, 5), null, { length: T })
    const above = sw.overTime((s) => sw.affine(p.second, s), below)
    const [, spikes] = sw.scan((u: Tensor, now: Tensor) => lif(u, now), zeros(N, 5), above)
    return sw.affine(p.out, sw.div(sw.sum(spikes, 0), T))
  },
  'layer by layer in chunks of time': (p) => {
    type Carry = { a: Tensor; b: Tensor; count: Tensor }
    const current = sw.affine(p.first, x)
    const chunk = ({ a, b, count }: Carry): Carry => {
      const [u, below] = sw.scan((s: Tensor) => lif(s, current), a, null, { length: 3 })
      const above = sw.overTime((s) => sw.affine(p.second, s), below)
      const [end] = sw.scan(
        (c: { b: Tensor; count: Tensor }, now: Tensor) => {
          const [v, s] = lif(c.b, now)
          return [{ b: v, count: sw.add(c.count, s) }, []]
        },
        { b, count },
        above,
      )
      return { a: u, ...end }
    }
    const start = { a: zeros(N, 5), b: zeros(N, 5), count: zeros(N, 5) }
    const [{ count }] = sw.scan((c: Carry) => [chunk(c), []], start, null, { length: 2 })
    return sw.affine(p.out, sw.div(count, T))
  },
}
const lossOf2 =
  (network: (p: Two) => Tensor) =>
  (p: Two): Tensor =>
    sw.mean(sw.square(sw.add(network(p), 0.3)))

/** The gradient by the equations: δ² = (δ Wᵀ) ∘ e², δ¹ = (δ² W₂ᵀ) ∘ e¹ (+ δ² for a residual current), ∇W = r̄ᵀδ. */
function byHand(p: Two, residual = false): Two {
  const first = sw.affine(p.first, x)
  const run = (currents: (t: Tensor) => Tensor, drive: Tensor) =>
    sw.jvp(
      (extra: Tensor) =>
        sw.scan((u: Tensor, now: Tensor) => lif(u, sw.add(currents(now), extra)), zeros(N, 5), drive)[1],
      [zeros(N, 5)],
      [sw.add(zeros(N, 5), 1)],
    )
  const ones = sw.add(zeros(T, N, 5), 0)
  const [s1, e1] = run(() => first, ones)
  const above = sw.affine(p.second, s1)
  const [s2, e2] = run((now) => now, residual ? sw.add(above, first) : above)
  const [r1, r2, t1, t2] = [s1, s2, e1, e2].map((s) => sw.mean(s, 0)) as [Tensor, Tensor, Tensor, Tensor]
  const y = sw.affine(p.out, r2)
  const delta = sw.mul(sw.add(y, 0.3), 2 / y.size)
  const d2 = sw.mul(sw.matmul(delta, sw.transpose(p.out.weight)), t2)
  const passed = sw.mul(sw.matmul(d2, sw.transpose(p.second.weight)), t1)
  const d1 = residual ? sw.add(passed, d2) : passed
  const of = (input: Tensor, d: Tensor) => ({ weight: sw.matmul(sw.transpose(input), d), bias: sw.sum(d, 0) })
  return { first: of(x, d1), second: of(r1, d2), out: of(r2, delta) }
}

/** A circular convolution of 3 × 3 as a sum of shifts, [N, C, H, W] with [O, C, 3, 3]. */
function circular(image: Tensor, w: Tensor): Tensor {
  const [, , h, v] = image.shape as [number, number, number, number]
  const roll = (t: Tensor, axis: number, by: number): Tensor => {
    const n = t.shape[axis]!
    const k = ((by % n) + n) % n
    const part = (from: number, to: number): Tensor =>
      sw.slice(
        t,
        t.shape.map((_, a) => (a === axis ? from : 0)),
        t.shape.map((d, a) => (a === axis ? to : d)),
      )
    return k === 0 ? t : sw.concatenate([part(k, n), part(0, k)], axis)
  }
  const terms = [0, 1, 2].flatMap((i) =>
    [0, 1, 2].map((j) => {
      const [o, c] = w.shape as [number, number]
      const tap = sw.reshape(sw.slice(w, [0, 0, i, j], [o, c, i + 1, j + 1]), [o, c])
      return sw.einsum('nchw,oc->nohw', roll(roll(image, 2, i - 1), 3, j - 1), tap)
    }),
  )
  expect([h, v]).toEqual([6, 6])
  return terms.reduce((a, b) => sw.add(a, b))
}

type Nested = number | readonly Nested[]
const tensorOf = (data: unknown): Tensor => sw.tensor(data as never, { dtype: 'f64' })
const golden = JSON.parse(
  readFileSync(new URL('../fixtures/spikingConvolution.json', import.meta.url), 'utf8'),
) as Record<'inputs' | 'grads', Record<'x' | 'w' | 'b' | 'v', Nested>> & { output: Nested; cotangent: Nested }

describe('traces', () => {
  it.each(Object.entries(oneLayer))(
    '%s: one layer of spikes under a constant current has its exact gradient',
    async (_n, network) => {
      const loss = lossOf(network)
      const [value, exact] = sw.valueAndGrad(loss)(one)
      const [same, found] = sw.valueAndGrad(sw.traces(loss))(one)
      expect(await numbers(same)).toEqual(await numbers(value))
      await expectClose(found, exact, 1e-12)
      const [, compiled] = sw.jit(sw.valueAndGrad(sw.traces(loss)))(one)
      await expectClose(compiled, exact, 1e-12)
    },
  )

  it('reads a layer of spikes at its mean rate: in one loop, layer by layer, or in chunks of time', async () => {
    const found = await Promise.all(Object.values(twoLayers).map((n) => numbers(sw.grad(sw.traces(lossOf2(n)))(two))))
    const expected = await numbers(byHand(two))
    for (const g of found) await expectClose(sw.tensor(g, { dtype: 'f64' }), expected, 1e-12)
  })

  it.each(Object.entries(twoLayers))('shows each layer once to other transforms: %s', async (_n, network) => {
    const loss = lossOf2(network)
    expect(sw.layersOf(sw.traces(loss), two).map((l) => l.id)).toEqual(['first.weight', 'second.weight', 'out.weight'])
    const zero = { 'second.weight': zeros(N, 5) }
    const errors = sw.grad((p: sw.ByLayer) => sw.perturb(sw.traces(loss))(p, two))(zero)
    await expectClose(sw.sum(errors['second.weight']!, 0), byHand(two).second.bias, 1e-12)
  })

  it('passes the error of a residual current past the units', async () => {
    const residual = (p: Two): Tensor => {
      const [, spikes] = sw.scan(
        ([a, b]: [Tensor, Tensor]): [[Tensor, Tensor], Tensor] => {
          const first = sw.affine(p.first, x)
          const [u, s] = lif(a, first)
          const [v, t] = lif(b, sw.add(sw.affine(p.second, s), first))
          return [[u, v], t]
        },
        [zeros(N, 5), zeros(N, 5)],
        null,
        { length: T },
      )
      return sw.affine(p.out, sw.mean(spikes, 0))
    }
    await expectClose(sw.grad(sw.traces(lossOf2(residual)))(two), byHand(two, true), 1e-12)
  })

  it('passes no error through recurrent weights, whose gradient is that of the mean rate', async () => {
    const p = { hidden: one.hidden, recurrent: f(5, 5), out: one.out }
    const network = (q: typeof p): Tensor => {
      const [, spikes] = sw.scan(
        ([u, z]: [Tensor, Tensor]): [[Tensor, Tensor], Tensor] => {
          const [next, s] = lif(u, sw.add(sw.affine(q.hidden, x), sw.affine({ weight: q.recurrent }, z)))
          return [[next, s], s]
        },
        [zeros(N, 5), zeros(N, 5)],
        null,
        { length: T },
      )
      return sw.affine(q.out, sw.mean(spikes, 0))
    }
    const g = sw.grad(sw.traces((q: typeof p) => sw.mean(sw.square(network(q)))))(p)
    const size = Math.hypot(...(await numbers(g.recurrent)))
    expect(size).toBeGreaterThan(1e-3)
    // ∇V = z̄ᵀδ and ∇b = Σ δ with the same δ: weights from a unit that always has the rate 1 would equal the bias.
    const held = sw.grad(
      sw.traces((q: typeof p) => sw.mean(sw.square(network({ ...q, recurrent: sw.stopGradient(q.recurrent) })))),
    )(p)
    await expectClose(g.hidden, held.hidden, 1e-12)
  })

  it('computes the golden gradients of a convolution of spikes: PyTorch, through an average pool', async () => {
    const { inputs, output, cotangent, grads } = golden
    const given = { x: tensorOf(inputs.x), w: tensorOf(inputs.w), b: tensorOf(inputs.b), v: tensorOf(inputs.v) }
    const at = sw.customJvp(
      (u: Tensor) => sw.cast(sw.greater(u, 0), 'f64'),
      ([u], [du]) => [
        sw.cast(sw.greater(u!, 0), 'f64'),
        sw.mul(sw.div(1, sw.add(1, sw.square(sw.mul(u!, Math.PI)))), du!),
      ],
    )
    const network = (p: typeof given): Tensor => {
      const current = sw.affineMap({ weight: p.w, bias: p.b }, p.x, circular, { biasAxis: 1 })
      const [, spikes] = sw.scan(
        (u: Tensor) => {
          const charged = sw.add(sw.mul(u, 0.9), current)
          const s = at(sw.sub(charged, 1))
          return [sw.sub(charged, sw.stopGradient(s)), s]
        },
        zeros(2, 4, 6, 6),
        null,
        { length: 12 },
      )
      const pooled = sw.mean(sw.reshape(sw.mean(spikes, 0), [2, 4, 3, 2, 3, 2]), [3, 5])
      return sw.affine({ weight: p.v }, sw.reshape(pooled, [2, 36]))
    }
    const [y, pull] = sw.vjp(sw.traces(network), given)
    await expectClose(y, tensorOf(output), 1e-9)
    const [g] = pull(tensorOf(cotangent))
    await expectClose(
      g,
      { x: tensorOf(grads.x), w: tensorOf(grads.w), b: tensorOf(grads.b), v: tensorOf(grads.v) },
      1e-9,
    )
  })

  it('composes with vmap, jvp and the other transforms of layers', async () => {
    const loss = lossOf2(twoLayers['in one loop']!)
    const directional = (p: Two, v: Two): Tensor => sw.jvp(sw.traces(loss), [p], [v])[1]
    const g = sw.grad(sw.traces(loss))(two)
    const v = irregular(two, 5)
    const dot = sw
      .treeLeaves(g)
      .map((t, i) => sw.sum(sw.mul(t, sw.treeLeaves(v)[i]!)))
      .reduce((a, b) => sw.add(a, b))
    await expectClose(directional(two, v), dot, 1e-11)
    const many = sw.treeMap((t) => sw.stack([t, sw.mul(t, 0.5)]), two)
    const each = sw.vmap((p: Two) => sw.grad(sw.traces(loss))(p))(many)
    await expectClose(
      sw.treeMap(
        (t) =>
          sw.squeeze(
            sw.slice(
              t,
              t.shape.map(() => 0),
              [1, ...t.shape.slice(1)],
            ),
            0,
          ),
        each,
      ),
      g,
      1e-12,
    )
    expect(sw.layersOf(sw.traces(loss), two).map((l) => l.name)).toEqual(sw.layersOf(loss, two).map((l) => l.name))
  })

  it('refuses operations that tell time steps apart, by name', () => {
    const spikesOf = (p: One): Tensor => {
      const current = sw.affine(p.hidden, x)
      return sw.scan((u: Tensor) => lif(u, current), zeros(N, 5), null, { length: T })[1]
    }
    const target = f(T, N, 5)
    for (const read of [(s: Tensor) => sw.mul(s, target), (s: Tensor) => sw.sub(s, target)]) {
      expect(() => sw.traces((p: One) => sw.sum(read(spikesOf(p))))(one)).toThrow(
        expect.objectContaining({ code: 'TIME_DEPENDENT' }),
      )
    }
  })

  it('passes a batch of layers for all steps, whose time is hidden', async () => {
    const batch =
      (at: Tensor) =>
      (p: Two): Tensor => {
        const current = sw.affine(p.first, at)
        const [, below] = sw.scan((u: Tensor) => lif(u, current), zeros(N, 5), null, { length: T })
        const above = sw.overTime((s) => sw.affine(p.second, s), below)
        const [, spikes] = sw.scan((u: Tensor, now: Tensor) => lif(u, now), zeros(N, 5), above)
        return sw.sum(sw.affine(p.out, sw.mean(spikes, 0)))
      }
    const points = sw.stack([x, sw.mul(x, 0.5)])
    const together = (p: Two): Tensor => sw.sum(sw.vmap((at: Tensor) => batch(at)(p))(points))
    const apart = (p: Two): Tensor => sw.add(batch(x)(p), batch(sw.mul(x, 0.5))(p))
    await expectClose(sw.grad(sw.traces(together))(two), sw.grad(sw.traces(apart))(two), 1e-12)
  })
})
