import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as sw from '../../src/index.js'
import type { OnlineOptions, Tensor } from '../../src/index.js'
import { expectClose, f64, numbers } from '../helpers.js'
import {
  N,
  T,
  cosine,
  ct,
  dense,
  exact,
  f,
  learned,
  lif,
  params,
  reverse,
  spike,
  weight,
  xs,
  zeros,
} from './onlineSteps.js'
import type { Params as LayerParams, Step } from './onlineSteps.js'

const { cases } = JSON.parse(readFileSync(new URL('../fixtures/layers.json', import.meta.url), 'utf8')) as {
  cases: readonly {
    readonly name: string
    readonly inputs: Readonly<Record<string, number[][][]>>
    readonly output: number[][][]
    readonly cotangent: number[][][]
    readonly grads: Readonly<Record<string, number[][]>>
  }[]
}

describe('golden numbers of PyTorch', () => {
  type Params = { w: { weight: Tensor }; r: { weight: Tensor }; v: { weight: Tensor } }
  type State = { u: Tensor; s: Tensor; trace: Tensor }
  /** u = 0.9 u + x w + s r; s = H(u − 1); u −= s (detached); trace = 0.8 trace + s; y = trace v. */
  const step: Step<Params, State> = ({ w, r, v }, state, x) => {
    const charged = sw.add(sw.mul(state.u, 0.9), sw.add(sw.affine(w, x), sw.affine(r, state.s)))
    const s = spike(sw.sub(charged, 1))
    const trace = sw.add(sw.mul(state.trace, 0.8), s)
    return [{ u: sw.sub(charged, sw.stopGradient(s)), s, trace }, sw.affine(v, trace)]
  }
  const state: State = { u: zeros(2, 5), s: zeros(2, 5), trace: zeros(2, 5) }
  const caseOf = (name: string) => {
    const found = cases.find((c) => c.name === name)!
    const tensorOf = (input: string): Tensor => f64(found.inputs[input]!)
    const params: Params = { w: weight(tensorOf('w')), r: weight(tensorOf('r')), v: weight(tensorOf('v')) }
    return { found, params, x: tensorOf('x'), cotangent: f64(found.cotangent) }
  }

  it.each(['dRtrl', 'eProp'] as const)('%s gives the diagonal gradient', async (rule) => {
    const { found, params, x, cotangent } = caseOf('recurrent, diagonal gradient')
    const { gradient, outputs } = learned(step, params, state, x, cotangent, { rule })
    await expectClose(outputs, found.output.flat(2), 1e-12)
    for (const name of ['w', 'r', 'v'] as const)
      await expectClose(gradient[name].weight, found.grads[name]!.flat(), 1e-12)
  })

  it('reverse mode through time gives the full gradient', async () => {
    const { found, params, x, cotangent } = caseOf('recurrent, full gradient')
    const whole = reverse(step, params, state, x, cotangent)
    for (const name of ['w', 'r', 'v'] as const) await expectClose(whole[name].weight, found.grads[name]!.flat(), 1e-12)
  })
})

describe('one layer with states', () => {
  it.each(Object.entries(exact))('%s: the sum of the gradients is that of reverse mode', async (_, step) => {
    const { gradient } = learned(step, params, zeros(N, 5), xs, ct)
    await expectClose(gradient, reverse(step, params, zeros(N, 5), xs, ct), 1e-11)
  })

  it('carries one trace for each input where leaks are fixed, and one for each synapse where they are not', () => {
    const sizes = (step: Step<LayerParams, Tensor>): number[] => {
      const { traces } = sw.online(step).init(params, zeros(N, 5), f(N, 4))
      return sw.treeLeaves(traces).map((t) => t.size)
    }
    expect(sizes(exact['a fixed leak and a detached reset']!)).toEqual([1, N * 4])
    expect(sizes(exact['learned leaks']!)).toEqual([N * 5, N * 4 * 5, N * 5])
  })

  it('ottt is exact with the decay of the leak', async () => {
    const step = exact['a fixed leak and a detached reset']!
    const { gradient } = learned(step, params, zeros(N, 5), xs, ct, { rule: 'ottt', decay: 0.9 })
    await expectClose(gradient, reverse(step, params, zeros(N, 5), xs, ct), 1e-11)
  })

  it('esDRtrl approximates the gradient in memory of inputs plus units', async () => {
    const step = exact['learned leaks']!
    const { gradient } = learned(step, params, zeros(N, 5), xs, ct, { rule: 'esDRtrl', decay: 0.7 })
    const whole = reverse(step, params, zeros(N, 5), xs, ct)
    await expectClose(gradient.leak, whole.leak, 1e-11)
    expect(cosine(await numbers(gradient.hidden.weight), await numbers(whole.hidden.weight))).toBeGreaterThan(0.7)
    const { traces } = sw.online(step, { rule: 'esDRtrl' }).init(params, zeros(N, 5), f(N, 4))
    expect(sw.treeLeaves(traces).every((t) => t.size <= N * 5)).toBe(true)
  })

  it('meanField gives the gradient where leaks are fixed, and follows it closely where each unit has its own', async () => {
    const fixed = exact['a fixed leak and a detached reset']!
    const { gradient } = learned(fixed, params, zeros(N, 5), xs, ct, { rule: 'meanField' })
    await expectClose(gradient, reverse(fixed, params, zeros(N, 5), xs, ct), 1e-11)
    const step = exact['learned leaks']!
    const found = learned(step, params, zeros(N, 5), xs, ct, { rule: 'meanField' }).gradient
    const whole = reverse(step, params, zeros(N, 5), xs, ct)
    await expectClose(found.leak, whole.leak, 1e-11)
    expect(cosine(await numbers(found.hidden), await numbers(whole.hidden))).toBeGreaterThan(0.8)
    const { traces } = sw.online(step, { rule: 'meanField' }).init(params, zeros(N, 5), f(N, 4))
    expect(sw.treeLeaves(traces).every((t) => t.size <= N * 5)).toBe(true)
  })

  it('treats a convolution as any layer', async () => {
    const kernel = { conv: { weight: f(3, 2, 4), bias: f(4) }, out: dense(4, 2) }
    const step: Step<typeof kernel, Tensor> = (p, u, x) => {
      const current = sw.affineMap(p.conv, sw.reshape(x, [N, 6, 2]), (y, w) => sw.conv(y, w, { edges: 'circular' }))
      const [next, s] = lif(u, current, 0.8)
      return [next, sw.affine(p.out, sw.mean(s, 1))]
    }
    const sequence = f(T, N, 12)
    const { gradient } = learned(step, kernel, zeros(N, 6, 4), sequence, ct)
    await expectClose(gradient, reverse(step, kernel, zeros(N, 6, 4), sequence, ct), 1e-11)
    const changing: Step<typeof kernel & { leak: Tensor }, { readonly u: Tensor }> = (p, { u }, x) => {
      const [next, y] = step(p, sw.mul(u, p.leak), x)
      return [{ u: next }, y]
    }
    const begin = (rule: 'dRtrl' | 'eProp' | 'esDRtrl') => () =>
      sw.online(changing, { rule }).init({ ...kernel, leak: f(4) }, { u: zeros(N, 6, 4) }, f(N, 12))
    for (const rule of ['dRtrl', 'eProp'] as const)
      expect(begin(rule)).toThrow(/layer 'conv.weight' in the state 'u' .*'convolution'.*NOT_FACTORISED/)
    expect(begin('esDRtrl')).not.toThrow()
  })
})

describe('layers on layers', () => {
  const two = { first: dense(4, 5), second: dense(5, 5), back: dense(5, 5), out: dense(5, 2) }
  type Two = typeof two
  type State = { first: Tensor; second: Tensor; spikes: Tensor }
  const state: State = { first: zeros(N, 5), second: zeros(N, 5), spikes: zeros(N, 5) }
  const step: Step<Two, State> = (p, s, x) => {
    const [first, a] = lif(s.first, sw.affine(p.first, x), 0.7)
    const [second, b] = lif(s.second, sw.add(sw.affine(p.second, a), sw.affine(p.back, s.spikes)), 0.7)
    return [{ first, second, spikes: b }, sw.affine(p.out, b)]
  }

  it('is exact for the last layer with states and the readout', async () => {
    const forward: Step<Two, State> = (p, s, x) => step({ ...p, back: sw.treeMap((t) => sw.mul(t, 0), p.back) }, s, x)
    const { gradient } = learned(forward, two, state, xs, ct)
    const whole = reverse(forward, two, state, xs, ct)
    for (const name of ['second', 'out'] as const) await expectClose(gradient[name], whole[name], 1e-11)
  })

  it('omits the effect of the layer below through the state above alone', async () => {
    const leaky =
      (leak: number): Step<Two, State> =>
      (p, s, x) => {
        const [first, a] = lif(s.first, sw.affine(p.first, x), 0.7)
        const [second, b] = lif(s.second, sw.affine(p.second, a), leak)
        return [{ first, second, spikes: b }, sw.affine(p.out, b)]
      }
    const exactly = async (leak: number): Promise<number> => {
      const { gradient } = learned(leaky(leak), two, state, xs, ct)
      return cosine(await numbers(gradient.first), await numbers(reverse(leaky(leak), two, state, xs, ct).first))
    }
    expect(await exactly(0)).toBeCloseTo(1, 11)
    expect(await exactly(0.3)).toBeLessThan(0.9999)
  })

  it('meanField follows the effect of the layer below, exactly where units filter alike', async () => {
    const linear: Step<Two, State> = (p, s, x) => {
      const first = sw.add(sw.mul(s.first, 0.7), sw.affine(p.first, x))
      const second = sw.add(sw.mul(s.second, 0.6), sw.affine(p.second, first))
      const spikes = sw.add(sw.mul(s.spikes, 0.9), second)
      return [{ first, second, spikes }, sw.affine(p.out, sw.add(spikes, s.second))]
    }
    const whole = reverse(linear, two, state, xs, ct)
    await expectClose(learned(linear, two, state, xs, ct, { rule: 'meanField' }).gradient, whole, 1e-11)
    const within = learned(linear, two, state, xs, ct).gradient
    expect(cosine(await numbers(within.first), await numbers(whole.first))).toBeLessThan(0.999)
  })

  it('eProp gives a layer below another with states no error but through its own result', async () => {
    const { gradient } = learned(step, two, state, xs, ct, { rule: 'eProp' })
    expect((await numbers(gradient.first)).every((g) => g === 0)).toBe(true)
    expect((await numbers(gradient.second)).some((g) => g !== 0)).toBe(true)
  })

  it('a state that no later result reads carries no trace', () => {
    const { traces } = sw.online(step).init(two, state, f(N, 4))
    expect(sw.treePaths(traces).some((path) => path.endsWith('.2'))).toBe(false)
  })
})

describe('recurrent weights', () => {
  const recurrent = { ...params, back: dense(5, 5), gain: f(5) }
  type Recurrent = typeof recurrent
  type State = { u: Tensor; s: Tensor; r: Tensor }
  const state: State = { u: zeros(N, 5), s: zeros(N, 5), r: zeros(N, 5) }
  const step: Step<Recurrent, State> = (p, { u, s, r }, x) => {
    const current = sw.add(sw.affine(p.hidden, x), sw.affine(p.back, sw.mul(s, p.gain)))
    const [next, fired] = lif(u, current, p.leak, false)
    const rates = sw.add(sw.mul(r, 0.8), fired)
    return [{ u: next, s: fired, r: rates }, sw.affine(p.out, sw.add(rates, u))]
  }

  it('ostl is exact for one recurrent layer, its coefficients and its readout', async () => {
    for (const p of [recurrent, { ...recurrent, leak: sw.tensor(0.6, { dtype: 'f64' }) }]) {
      const { gradient } = learned(step, p, state, xs, ct, { rule: 'ostl' })
      await expectClose(gradient, reverse(step, p, state, xs, ct), 1e-10)
    }
  })

  it('ostl carries joint traces where units act on each other alone', () => {
    const exactly = exact['learned leaks']!
    const sizes = (rule: 'ostl' | 'dRtrl'): number[] =>
      sw.treeLeaves(sw.online(exactly, { rule }).init(params, zeros(N, 5), f(N, 4)).traces).map((t) => t.size)
    expect(sizes('ostl')).toEqual(sizes('dRtrl'))
    const { traces } = sw.online(step, { rule: 'ostl' }).init(recurrent, state, f(N, 4))
    const leaves = new Map(sw.treePaths(traces).map((path, i) => [path, sw.treeLeaves(traces)[i]!.size]))
    expect(Math.max(...leaves.values())).toBe((5 + 1) * 5 * N * 5)
  })

  it('ostl refuses a recurrent layer whose input mixes units', () => {
    const mixing: Step<Recurrent, State> = (p, s, x) => {
      const mixed = sw.sub(s.s, sw.mean(s.s, 1, { keepDims: true }))
      const [next, fired] = lif(s.u, sw.add(sw.affine(p.hidden, x), sw.affine(p.back, mixed)), 0.9)
      return [{ u: next, s: fired, r: s.r }, sw.affine(p.out, fired)]
    }
    expect(() => sw.online(mixing, { rule: 'ostl' }).init(recurrent, state, f(N, 4))).toThrow(
      "recurrent layer 'back.weight' mixes units",
    )
    expect(() => sw.online(mixing).init(recurrent, state, f(N, 4))).not.toThrow()
  })

  it('meanField follows recurrent weights `hops` times, exactly for units that filter alike', async () => {
    const linear: Step<Recurrent, State> = (p, { u, s, r }, x) => {
      const next = sw.add(sw.mul(u, 0.7), sw.add(sw.affine(p.hidden, x), sw.affine(p.back, s)))
      return [{ u: next, s: next, r: sw.add(sw.mul(r, 0.8), next) }, sw.affine(p.out, r)]
    }
    const { leak: _, gain: __, ...known } = recurrent
    const weak = { ...recurrent, back: sw.treeMap((t) => sw.mul(t, 0.1), known.back) }
    const whole = reverse(linear, weak, state, xs, ct)
    const error = async (options: OnlineOptions): Promise<number> => {
      const { gradient } = learned(linear, weak, state, xs, ct, options)
      const [a, b] = [await numbers(gradient), await numbers(whole)]
      return Math.max(...a.map((v, i) => Math.abs(v - b[i]!)))
    }
    const errors = [await error({})]
    for (const hops of [1, 2, 3]) errors.push(await error({ rule: 'meanField', hops }))
    expect(errors).toEqual(errors.toSorted((a, b) => b - a))
    expect(await error({ rule: 'meanField', hops: T })).toBeLessThan(1e-10)
  })
})

describe('a step outside of the class', () => {
  const charge = (p: LayerParams, u: Tensor, x: Tensor): Tensor => sw.add(sw.mul(u, 0.9), sw.affine(p.hidden, x))
  const turn = (u: Tensor): Tensor =>
    sw.concatenate([sw.slice(u, [0, 1], [N, 5], [1, 1]), sw.slice(u, [0, 0], [N, 1], [1, 1])], 1)
  const reasons: readonly [string, (p: LayerParams, u: Tensor, x: Tensor) => Tensor, RegExp][] = [
    ['a mean over units', (p, u, x) => subtractMean(charge(p, u, x)), /state .*'hidden.weight'.* through 'sum'/],
    ['a product of states', (p, u, x) => sw.add(sw.matmul(u, f(5, 5)), charge(p, u, x)), /state .* through 'dot'/],
    [
      'units in another order',
      (p, u, x) => sw.add(turn(u), charge(p, u, x)),
      /state .* through '(concatenate|slice|pad)'/,
    ],
    [
      'a weight that changes in time',
      (p, u, x) => sw.add(u, sw.affine({ weight: sw.mul(p.hidden.weight, sw.mean(u)) }, x)),
      /state .*'hidden.weight'.* through a weight that changes in time/,
    ],
    [
      'a layer in a loop',
      (p, u, x) => sw.scan((v: Tensor) => [charge(p, v, x), []], u, null, { length: 2 })[0],
      /layer 'hidden.weight' is in a loop \('scan'\) of the step, which reads 'u'/,
    ],
  ]
  const subtractMean = (u: Tensor): Tensor => sw.sub(u, sw.mean(u, 1, { keepDims: true }))

  it.each(reasons)('is refused by the names of state, layer and operation: %s', (_reason, next, message) => {
    const step: Step<LayerParams, { readonly u: Tensor }> = (p, { u }, x) => {
      const after = next(p, u, x)
      return [{ u: after }, sw.affine(p.out, after)]
    }
    const refused = (): unknown => sw.online(step).init(params, { u: zeros(N, 5) }, f(N, 4))
    for (const part of [message, 'NOT_ONLINE', "'u'"]) expect(refused).toThrow(part)
  })

  it('refuses states of another shape, and unknown options', () => {
    const wrong: Step<LayerParams, Tensor> = (p, u, x) => [sw.mean(u, 0), sw.affine(p.hidden, x)]
    expect(() => sw.online(wrong).init(params, zeros(N, 5), f(N, 4))).toThrow('STRUCTURE_MISMATCH')
    expect(() => sw.online(wrong, { rule: 'bptt' as 'ottt' })).toThrow('INVALID_OPTION')
    expect(() => sw.online(wrong, { rule: 'meanField', hops: 0 })).toThrow('INVALID_OPTION')
    expect(() => sw.online(wrong, { decay: 1 })).toThrow('INVALID_OPTION')
  })
})
