import { describe, expect, it } from 'vitest'
import * as sw from '../../src/index.js'
import type { Tensor, Tree } from '../../src/index.js'
import { expectClose, irregular, numbers } from '../helpers.js'
import { N, f, lif, zeros } from './onlineSteps.js'

const dense = (inputs: number, outputs: number) => ({ weight: f(inputs, outputs), bias: f(outputs) })
const params = { first: dense(4, 5), second: dense(5, 5), out: dense(5, 2) }
type Params = typeof params
const x = f(N, 4)

/** Two layers of spikes in a time loop, and a readout of their mean. */
function network(p: Params, input: Tensor): Tensor {
  const current = sw.affine(p.first, input)
  const step = ([a, b]: readonly [Tensor, Tensor]): [[Tensor, Tensor], Tensor] => {
    const [u, spikes] = lif(a, current, 0.9)
    const [v, above] = lif(b, sw.affine(p.second, spikes), 0.8)
    return [[u, v], above]
  }
  const rest = sw.zeros([N, 5], 'f64')
  return sw.affine(p.out, sw.mean(sw.scan(step, [rest, rest] as [Tensor, Tensor], null, { length: 6 })[1], 0))
}
const loss = (p: Params, input: Tensor): Tensor => sw.mean(sw.square(network(p, input)))
const feedback = { 'second.weight': f(5, 5), 'out.weight': f(5, 2) }

/** One time step of a recurrent layer. */
const step = (p: Params, u: Tensor, now: Tensor): [Tensor, Tensor] => {
  const [next, spikes] = lif(u, sw.affine(p.first, now), 0.9)
  return [next, sw.affine(p.out, spikes)]
}

const transforms: Readonly<Record<string, (p: Params, x: Tensor) => Tree>> = {
  perturb: (p, x) => sw.perturb(network)({ 'second.weight': f(N, 5) }, p, x),
  collect: (p, x) => sw.collect(network)(p, x),
  'collect of spikes': (p, x) => sw.collect(network, { at: 'spikes' })(p, x)[1],
  'collect of membranes after each step': (p, x) => sw.collect(network, { at: 'membranes', time: 'each' })(p, x)[1],
  traces: (p, x) => sw.traces(network)(p, x),
  passDown: (p, x) => sw.passDown(network)(feedback, p, x),
  'gradients of traces and passDown': (p, x) => sw.grad((q: Params) => sw.passDown(sw.traces(loss))(feedback, q, x))(p),
  'collect of perturb': (p, x) =>
    sw.collect((q: Params, y: Tensor) => sw.perturb(network)({ 'first.weight': f(N, 5) }, q, y))(p, x),
  online: (p, x) => {
    const learn = sw.online(step)
    const xs = sw.stack([x, sw.mul(x, 0.5), x])
    const start = learn.init(p, zeros(N, 5), x)
    return learn.gradient(p, start, xs, (y) => sw.square(y))[2]
  },
}

const parts = (t: Tree, i: number): Tree => sw.treeMap((l) => sw.take(l, sw.tensor(i, { dtype: 'i32' })), t)

describe.each(Object.entries(transforms))('%s', (_, fn) => {
  const run = (p: Params): Tree => fn(p, x)
  const two = sw.treeMap((t) => sw.stack([t, sw.mul(t, 0.9)]), params)
  const each = [0, 1].map((i) => run(parts(two, i) as Params))

  it('compiles, and runs in vmap and in a loop', async () => {
    await expectClose(sw.jit(run)(params), each[0]!, 1e-12)
    const mapped = sw.jit(sw.vmap(run))(two)
    const looped = sw.jit(
      (ps: Params) => sw.scan((c: Tensor, p: Params): [Tensor, Tree] => [c, run(p)], sw.tensor(0), ps)[1],
    )(two)
    for (const i of [0, 1]) {
      await expectClose(parts(mapped, i), each[i]!, 1e-12)
      await expectClose(parts(looped, i), each[i]!, 1e-12)
    }
  })

  it('has a forward derivative, and its transpose', async () => {
    const v = irregular(params, 3)
    const [y, dy] = sw.jit((p: Params, t: Params) => sw.jvp(run, [p], [t]))(params, v)
    const ct = irregular(y, 5)
    const dot = async (a: Tree, b: Tree): Promise<number> => {
      const [m, n] = [await numbers(a), await numbers(b)]
      return m.reduce((s, e, i) => s + e * n[i]!, 0)
    }
    expect(await dot(sw.vjp(run, params)[1](ct)[0], v)).toBeCloseTo(await dot(ct, dy), 9)
  })
})
