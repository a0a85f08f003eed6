import { describe, expect, it } from 'vitest'
import * as sw from '../../src/index.js'
import type { Tensor } from '../../src/index.js'
import { printPlan } from '../../src/plan/printPlan.js'
import { expectClose, f64, numbers } from '../helpers.js'
import { lif } from '../lower/networks.js'

const w = f64([
  [0.5, -1.2],
  [1.5, 0.7],
  [-0.3, 0.4],
])
const b = f64([0.1, -0.6])
const x = f64([
  [0.4, -1.3, 0.8],
  [0.9, 0.2, -0.5],
])
const plain = (p: sw.Affine, input: Tensor): Tensor => sw.add(sw.matmul(input, p.weight), p.bias)
const params = { weight: w, bias: b }
type Layer = typeof plain

/** Losses of a layer in several places: alone, under tangents and cotangents, for a batch, and in a loop over time. */
const uses: [string, (layer: Layer) => (p: sw.Affine, x: Tensor) => sw.Tree][] = [
  ['evaluated', (layer) => layer],
  ['differentiated forward', (layer) => (p, at) => sw.jvp(layer, [p, at], [p, at])],
  [
    'differentiated in reverse',
    (layer) => (p, at) => sw.valueAndGrad((q: sw.Affine) => sw.sum(sw.tanh(layer(q, at))))(p),
  ],
  [
    'along several directions',
    (layer) => (p, at) =>
      sw.vmap((v: Tensor) => sw.jvp((q: sw.Affine) => layer(q, at), [p], [{ ...p, weight: sw.mul(p.weight, v) }]))(
        f64([1, 2]),
      ),
  ],
  [
    'in a time loop',
    (layer) =>
      sw.grad((p: sw.Affine, at: Tensor) =>
        sw.sum(
          sw.scan((s: Tensor) => [sw.tanh(sw.add(s, layer(p, at))), s], sw.zeros([2, 2], 'f64'), null, {
            length: 3,
          })[1],
        ),
      ),
  ],
]

describe('affine', () => {
  it.each(uses)('%s: the plan of a product and a sum', (_name, use) => {
    const planOf = (layer: Layer): string => printPlan(sw.jit(use(layer)).inspect(params, x).plan)
    expect(planOf((p, at) => sw.affine(p, at))).toBe(planOf(plain))
  })

  it.each(uses)('%s: the numbers of a product and a sum', async (_name, use) => {
    const of = async (layer: Layer): Promise<number[]> => numbers(use(layer)(params, x))
    expect(await of((p, at) => sw.affine(p, at))).toEqual(await of(plain))
  })

  it('prints as one equation, with its linear map', () => {
    expect(sw.printProgram(sw.trace((p: sw.Affine) => sw.affine(p, x), params).program)).toMatchInlineSnapshot(`
      "lambda a:f64[2,3] b:f64[2] c:f64[3,2] .
        d:f64[2,2] = affine[name=null id=null linear=(
          lambda a:f64[2,3] b:f64[3,2] .
            c:f64[2,2] = dot[contract=[[1],[0]] batch=[[],[]]] a b
            in c) captured=0 weights=1 bias=[1] steps=1 feedback=false] a c b
        in d"
    `)
  })

  it('refuses a bias that does not lie along the axis', () => {
    expect(() => sw.affine({ weight: w, bias: f64([1, 2, 3]) }, x)).toThrow(/SHAPE_MISMATCH|the bias is f64\[3\]/)
  })

  it('takes a bias along another axis than the last', async () => {
    const y = sw.affineMap({ weight: f64(2), bias: f64([10, 20]) }, x, (t, k) => sw.mul(t, k), { biasAxis: 0 })
    await expectClose(y, sw.add(sw.mul(x, 2), f64([[10], [20]])), 1e-15)
  })
})

describe('overTime', () => {
  it('has the plan of the same layer on all steps at once', () => {
    const spikes = lif(sw.ones([6, 7, 3]))[1]
    const p = { weight: sw.ones([3, 4]), bias: sw.ones([4]) }
    const planOf = (f: (q: sw.Affine, s: Tensor) => Tensor): string => printPlan(sw.jit(f).inspect(p, spikes).plan)
    expect(planOf((q, s) => sw.overTime((now) => sw.affine(q, now), s))).toBe(planOf((q, s) => sw.affine(q, s)))
  })

  it('refuses sequences of different lengths, and none', () => {
    expect(() => sw.overTime((a, c) => sw.add(a, c), sw.ones([3]), sw.ones([2]))).toThrow(/differ in time/)
    expect(() => sw.overTime(() => sw.ones([]))).toThrow(/no sequence/)
  })
})
