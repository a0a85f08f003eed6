import { describe, expect, it } from 'vitest'
import * as sw from '../../src/index.js'
import type { Tensor } from '../../src/index.js'
import { expectClose } from '../helpers.js'
import { type Step, N, dense, exact, f, learned, lif, params, reverse, sequenceOf, zeros } from './onlineSteps.js'

describe('gradient of a sequence', () => {
  const recurrent = { ...params, second: dense(5, 5), back: dense(5, 5) }
  type State = { a: Tensor; b: Tensor; z: Tensor; r: Tensor }
  const state: State = { a: zeros(N, 5), b: zeros(N, 5), z: zeros(N, 5), r: zeros(N, 5) }
  /** Two layers, learned leaks or not, recurrent weights, a leaky readout. */
  const stepOf =
    (learns: boolean): Step<typeof recurrent, State> =>
    (p, s, x) => {
      const [a, below] = lif(s.a, sw.affine(p.hidden, x), 0.7)
      const current = sw.add(sw.affine(p.second, below), sw.affine(p.back, s.z))
      const [b, z] = lif(s.b, current, learns ? p.leak : 0.9, !learns)
      const r = sw.add(sw.mul(s.r, 0.8), z)
      return [{ a, b, z, r }, sw.affine(p.out, r)]
    }
  const [T, ct] = [21, f(21, N, 2)]
  const cases = sw.onlineRules.flatMap((rule) => [true, false].map((learns) => [rule, learns] as const))

  it.each(cases)('%s, learned leaks %s: the sum of the steps, and the same traces', async (rule, learns) => {
    const step = stepOf(learns)
    const xs = f(T, N, 4)
    const steps = learned(step, recurrent, state, xs, ct, { rule })
    const [carry, gradient] = sequenceOf(step, recurrent, state, xs, ct, { rule })
    await expectClose(gradient, steps.gradient, 1e-10)
    await expectClose(carry, steps.carry, 1e-11)
  })

  it.each(Object.entries(exact))('%s: that of reverse mode', async (_, step) => {
    const [xs, cotangents] = [f(T, N, 4), f(T, N, 2)]
    const [, found] = sequenceOf(step, params, zeros(N, 5), xs, cotangents)
    await expectClose(found, reverse(step, params, zeros(N, 5), xs, cotangents), 1e-10)
  })

  it('of a convolution: that of reverse mode', async () => {
    const kernel = { conv: { weight: f(3, 2, 4), bias: f(4) }, out: dense(4, 2) }
    const step: Step<typeof kernel, Tensor> = (p, u, x) => {
      const current = sw.affineMap(p.conv, sw.reshape(x, [N, 6, 2]), (y, w) => sw.conv(y, w, { edges: 'circular' }))
      const [next, s] = lif(u, current, 0.8)
      return [next, sw.affine(p.out, sw.mean(s, 1))]
    }
    const [xs, cotangents] = [f(T, N, 12), f(T, N, 2)]
    const [, found] = sequenceOf(step, kernel, zeros(N, 6, 4), xs, cotangents)
    await expectClose(found, reverse(step, kernel, zeros(N, 6, 4), xs, cotangents), 1e-10)
  })

  it.each(sw.onlineRules)('%s: memory at T = 4,096 is at most 1.05 times that at T = 64', (rule) => {
    const bytes = (steps: number): number => {
      const learn = sw.online(stepOf(true), { rule })
      const run = (p: typeof recurrent, xs: Tensor) =>
        learn.gradient(p, learn.init(p, state, zeros(N, 4)), xs, (y) => sw.square(y))
      return sw.jit(run).inspect(recurrent, zeros(steps, N, 4)).plan.workspace
    }
    expect(bytes(4096)).toBeLessThan(1.05 * bytes(64))
  })

  it('a leaky readout of fixed leaks carries no trace of a layer that no error reaches', () => {
    const sizes = (rule: 'eProp' | 'dRtrl'): number[] =>
      sw.treeLeaves(sw.online(stepOf(false), { rule }).init(recurrent, state, f(N, 4)).traces).map((t) => t.size)
    const total = (rule: 'eProp' | 'dRtrl'): number => sizes(rule).reduce((a, b) => a + b)
    expect(total('dRtrl') - total('eProp')).toBe(N * 4 + 1)
  })
})
