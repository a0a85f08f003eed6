import { describe, expect, it } from 'vitest'
import * as sw from '../../src/index.js'
import type { Tensor } from '../../src/index.js'
import { expectClose, irregular, numbers } from '../helpers.js'

const zeros = (...shape: number[]): Tensor => sw.zeros(shape, 'f64')
const f = (...shape: number[]): Tensor => irregular(zeros(...shape), shape[0]! * 10)
const [N, T] = [4, 6]
const x = f(N, 3)
const params = {
  layers: [
    { weight: f(3, 5), bias: f(5) },
    { weight: f(5, 5), bias: f(5) },
  ] as const,
  readout: { weight: f(5, 2), bias: f(2) },
}
type Params = typeof params

/** Two layers of smooth units with a state; the second multiplies by a weight whose columns have mean 0. */
function network(p: Params, at: Tensor): Tensor {
  const [first, second] = p.layers
  const centred = { ...second, weight: sw.sub(second.weight, sw.mean(second.weight, 0, { keepDims: true })) }
  const [, below] = sw.scan(
    ([a, b]: [Tensor, Tensor]): [[Tensor, Tensor], Tensor] => {
      const u = sw.tanh(sw.add(sw.mul(a, 0.5), sw.affine(first, at)))
      const v = sw.tanh(sw.add(sw.mul(b, 0.5), sw.affine(centred, u)))
      return [[u, v], v]
    },
    [zeros(N, 5), zeros(N, 5)],
    null,
    { length: T },
  )
  const outs = sw.overTime((v) => sw.affine(p.readout, v), below)
  return sw.mean(outs, 0)
}
const loss = (p: Params): Tensor => sw.mean(sw.square(network(p, x)))
const names = ['layers.0.weight', 'layers.1.weight', 'readout.weight']

describe('layersOf', () => {
  it('names layers by the paths of their weights, with shapes at one step, in loops too', () => {
    const layer = { dtype: 'f64', steps: T, arguments: [0] }
    expect(sw.layersOf(network, params, x)).toEqual(
      [
        {
          id: names[0]!,
          bias: ['layers.0.bias'],
          shape: [N, 5],
          fanIn: 3,
          direct: true,
          reads: [],
          input: [],
          readsNext: [],
        },
        {
          ...{ id: names[1]!, bias: ['layers.1.bias'], shape: [N, 5], fanIn: 5, direct: false, reads: [names[0]] },
          input: ['layers.0.weight', 'layers.0.bias'],
          readsNext: [names[0]!],
        },
        {
          ...{ id: names[2]!, bias: ['readout.bias'], shape: [N, 2], fanIn: 5, direct: true, reads: names.slice(0, 2) },
          input: ['layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias'],
          readsNext: [names[1]!],
        },
      ].map((own) => ({ ...layer, ...own, name: own.id, weight: [own.id], reads: own.reads, input: own.input })),
    )
  })

  it('names each use of a weight, derivatives in the coordinates included', () => {
    const fn = (p: sw.Affine): Tensor => sw.jvp((at: Tensor) => sw.tanh(sw.affine(p, at)), [x], [x])[1]
    expect(sw.layersOf(fn, params.layers[0]).map((l) => [l.id, l.name, l.bias])).toEqual([
      ['weight', 'weight', ['bias']],
      ['weight#2', 'weight', []],
    ])
  })

  it('names calls with the same input once', () => {
    const fn = (p: sw.Affine): Tensor => sw.mul(sw.tanh(sw.affine(p, x)), sw.affine(p, x))
    expect(sw.layersOf(fn, params.layers[0]).map((l) => l.id)).toEqual(['weight'])
  })

  it('names a weight of several tensors by their common path, and equal paths of different weights apart', () => {
    const p = { conv: { re: f(3, 2), im: f(3, 2) }, both: f(2, 3, 4) }
    const fn = (q: typeof p): Tensor => {
      const part = (i: number): Tensor => sw.squeeze(sw.slice(q.both, [i, 0, 0], [i + 1, 3, 4]), 0)
      const y = sw.affineMap({ weight: q.conv }, x, (t, w) => sw.add(sw.matmul(t, w.re), sw.matmul(t, w.im)))
      return sw.add(sw.sum(y), sw.sum(sw.add(sw.affine({ weight: part(0) }, x), sw.affine({ weight: part(1) }, x))))
    }
    expect(sw.layersOf(fn, p).map((l) => l.id)).toEqual(['conv', 'both', 'both#2'])
  })
})

describe('perturb', () => {
  it('is the function itself without perturbations, and its bias plus a perturbation that all samples share', async () => {
    expect(await numbers(sw.perturb(network)({}, params, x))).toEqual(await numbers(network(params, x)))
    const p = f(5)
    const moved = {
      ...params,
      layers: [params.layers[0], { ...params.layers[1], bias: sw.add(params.layers[1].bias, p) }] as const,
    }
    await expectClose(
      sw.perturb(network)({ 'layers.1.weight': sw.add(zeros(N, 5), p) }, params, x),
      network(moved, x),
      1e-13,
    )
  })

  it('has the gradient of the bias, sample by sample, and composes with jvp, vmap and jit', async () => {
    const zero = Object.fromEntries(sw.layersOf(loss, params).map((l) => [l.name, zeros(...l.shape)]))
    const errors = sw.grad((p: sw.ByLayer) => sw.perturb(loss)(p, params))(zero)
    const g = sw.grad(loss)(params)
    await expectClose(sw.sum(errors[names[0]!]!, 0), g.layers[0].bias, 1e-12)
    const noise = irregular(zero, 3)
    const along = (scale: Tensor): Tensor =>
      sw.jvp((p: sw.ByLayer) => sw.perturb(loss)(p, params), [zero], [sw.treeMap((t) => sw.mul(t, scale), noise)])[1]
    const slope = names.map((n) => sw.sum(sw.mul(errors[n]!, noise[n]!))).reduce((a, b) => sw.add(a, b))
    await expectClose(
      sw.jit(sw.vmap(along))(sw.tensor([1, 2], { dtype: 'f64' })),
      sw.stack([slope, sw.mul(slope, 2)]),
      1e-11,
    )
  })

  it('by a function of the layer input is a change of its weight, at each step', async () => {
    const dW = f(5, 2)
    const response = sw.jvp(
      (e: Tensor) => {
        const change = (input: Tensor): Tensor => sw.mul(sw.matmul(input, dW), e)
        return sw.perturb(loss, { value: 'kept' })({ 'readout.weight': change }, params)
      },
      [zeros()],
      [sw.ones([], 'f64')],
    )[1]
    await expectClose(response, sw.sum(sw.mul(sw.grad(loss)(params).readout.weight, dW)), 1e-12)
  })

  it('names the layers that there are, and refuses another shape', () => {
    expect(() => sw.perturb(loss)({ 'layers.7.weight': zeros(N, 5) }, params)).toThrow(
      /'layers.0.weight', 'layers.1.weight'/,
    )
    expect(() => sw.perturb(loss)({ 'layers.1.weight': zeros(5) }, params)).toThrow(/pre-activation f64\[4,5\]/)
  })
})

describe('collect and layerGradient', () => {
  it('returns the mean input of each layer, in loops too', async () => {
    const [y, inputs] = sw.collect(network)(params, x)
    expect(await numbers(y)).toEqual(await numbers(network(params, x)))
    expect(Object.keys(inputs)).toEqual(names)
    await expectClose(inputs[names[0]!]!, x, 1e-14)
    // The readout is affine: its mean input gives its mean output.
    await expectClose(sw.affine(params.readout, inputs['readout.weight']!), y, 1e-13)
    const [, means] = sw.collect(network, { at: 'preActivation' })(params, x)
    expect(Object.keys(means)).toEqual(names)
    await expectClose(means[names[0]!]!, sw.affine(params.layers[0], x), 1e-13)
    await expectClose(means['readout.weight']!, y, 1e-13)
  })

  it('gives the gradient of a layer whose input is constant, through a function of its weight', async () => {
    const [, inputs] = sw.collect(loss)(params)
    const zero = Object.fromEntries(sw.layersOf(loss, params).map((l) => [l.name, zeros(...l.shape)]))
    const errors = sw.grad((p: sw.ByLayer) => sw.perturb(loss)(p, params))(zero)
    const g = sw.jit((p: Params) => sw.layerGradient(loss)(inputs, errors, p))(params)
    const exact = sw.grad(loss)(params)
    await expectClose(g.layers[0], exact.layers[0], 1e-12)
    await expectClose(g.layers[1].bias, exact.layers[1].bias, 1e-12)
    // Weights whose mean does not count have a gradient without a mean.
    await expectClose(sw.mean(g.layers[1].weight, 0), zeros(5), 1e-13)
  })
})

describe('passDown', () => {
  it('changes nothing with the weights as feedback', async () => {
    const same = sw.grad((p: Params) => sw.passDown(loss)({ 'readout.weight': p.readout.weight }, p))(params)
    await expectClose(same, sw.grad(loss)(params), 1e-13)
  })

  it('passes the error down by the feedback alone: ∇W of the layer stays, those below move', async () => {
    const b = f(5, 2)
    const g = sw.grad((p: Params) => sw.passDown(loss)({ 'readout.weight': b }, p))(params)
    const exact = sw.grad(loss)(params)
    await expectClose(g.readout, exact.readout, 1e-13)
    // The same as a network that reads by B and gives the readout's value: y = L(x, B) + [L(x, W) − L(x, B)] held
    // constant.
    const byHand = (p: Params): Tensor => {
      const [first, second] = p.layers
      const mixed = (v: Tensor): Tensor => {
        const through = sw.matmul(v, b)
        return sw.add(sw.affine(p.readout, sw.stopGradient(v)), sw.sub(through, sw.stopGradient(through)))
      }
      const centred = { ...second, weight: sw.sub(second.weight, sw.mean(second.weight, 0, { keepDims: true })) }
      const [, ys] = sw.scan(
        ([a, c]: [Tensor, Tensor]): [[Tensor, Tensor], Tensor] => {
          const u = sw.tanh(sw.add(sw.mul(a, 0.5), sw.affine(first, x)))
          const v = sw.tanh(sw.add(sw.mul(c, 0.5), sw.affine(centred, u)))
          return [[u, v], mixed(v)]
        },
        [zeros(N, 5), zeros(N, 5)],
        null,
        { length: T },
      )
      return sw.mean(sw.square(sw.mean(ys, 0)))
    }
    await expectClose(g.layers, sw.grad(byHand)(params).layers, 1e-12)
  })

  it('stops the error at a layer, and refuses feedback of another shape', async () => {
    const g = sw.grad((p: Params) => sw.passDown(loss)({ 'readout.weight': 'stop' }, p))(params)
    expect((await numbers(g.layers)).every((e) => e === 0)).toBe(true)
    expect(() => sw.passDown(loss)({ 'readout.weight': f(2, 5) }, params)).toThrow(/its weight \[5, 2\]/)
  })
})
