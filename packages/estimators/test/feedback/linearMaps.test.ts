import {
  add,
  affine,
  affineMap,
  along,
  cast,
  convolve,
  customJvp,
  div,
  grad,
  greater,
  key,
  lossParts,
  matmul,
  mean,
  mul,
  normal,
  reshape,
  scan,
  spectral,
  square,
  stopGradient,
  sub,
  take,
  tensor,
  traces,
  transpose,
  treeFlatten,
  treeLeaves,
  treeMap,
  treeUnflatten,
  zeros,
} from '@spikeward/core'
import type { AffineMap, Estimator, Tensor, Tree } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { feedback, localLoss, pseudoZeroth, rateBackpropagation } from '../../src/index.js'
import { numbers, squaredNorm } from '../fixtures.js'

type Map = (p: AffineMap<never>, x: Tensor) => Tensor
type Params = { readonly layers: readonly AffineMap<Tree>[]; readonly readout: AffineMap<Tensor> }

const f = (i: number, ...shape: number[]): Tensor => mul(normal(key(i), shape, { dtype: 'f64' }), 0.7)
const nodes = (...index: number[]): Tensor => tensor(index, { dtype: 'i32' })
const graph = { from: nodes(0, 1, 2, 3, 0), to: nodes(1, 2, 0, 1, 3), nodes: 5 }
/** The nodes at which edges begin. */
const gathered = (x: Tensor, w: Tensor): Tensor =>
  matmul(transpose(take(transpose(x, [1, 0, 2]), graph.from), [1, 0, 2]), w)

/** Linear maps, an input, and the weights of two layers. */
const rows: readonly (readonly [string, Map, Tensor, readonly Tree[]])[] = [
  ['a product', affine, f(1, 3, 4), [f(2, 4, 5), f(3, 5, 3)]],
  [
    'a convolution',
    (p, x) => convolve(p, x, { edges: 'circular' }),
    f(4, 3, 5, 4, 2),
    [f(5, 3, 3, 2, 4), f(6, 3, 3, 4, 3)],
  ],
  [
    'a Fourier layer',
    spectral,
    f(7, 3, 8, 2),
    [
      { re: f(8, 3, 2, 4), im: f(9, 3, 2, 4) },
      { re: f(10, 3, 4, 3), im: f(11, 3, 4, 3) },
    ],
  ],
  ['a graph layer', along(graph), f(12, 3, 5, 2), [f(13, 2, 4), f(14, 4, 3)]],
  ['a gather along edges', (p, x) => affineMap(p, x, gathered), f(15, 3, 5, 2), [f(16, 2, 4), f(17, 4, 3)]],
]

const fire = customJvp(
  (u: Tensor): Tensor => cast(greater(u, 0), u.dtype),
  ([u], [du]) => [cast(greater(u!, 0), u!.dtype), div(du!, add(1, square(mul(u!, 2))))],
)
/** Rates of units under a constant current. */
const rates = (current: Tensor): Tensor => {
  const step = (u: Tensor): [Tensor, Tensor] => {
    const charged = add(mul(u, 0.9), current)
    const s = fire(sub(charged, 1))
    return [sub(charged, s), s]
  }
  return mean(scan(step, zeros(current.shape, 'f64'), null, { length: 6 })[1], 0)
}

/** A layer, and one whose error passes down by b, written without a transform. */
type Layer = (map: Map, p: AffineMap<Tree>, x: Tensor, b?: AffineMap<Tree>) => Tensor
const plain: Layer = (map, p, x) => map(p as AffineMap<never>, x)
const byFeedback: Layer = (map, p, x, b) => {
  const down = map({ weight: b!.weight } as AffineMap<never>, x)
  return add(sub(down, stopGradient(down)), plain(map, p, stopGradient(x)))
}
const lossOf =
  (map: Map, x: Tensor, layer: Layer, back?: Params) =>
  (p: Params): Tensor => {
    const hidden = p.layers.reduce((h, own, l) => rates(layer(map, own, h, back?.layers[l])), x)
    return mean(square(sub(layer(affine, p.readout, reshape(hidden, [3, -1]), back?.readout), 1)))
  }

const paramsOf = (map: Map, x: Tensor, weights: readonly Tree[]): Params => {
  const layers = weights.map((weight): AffineMap<Tree> => {
    const units = treeLeaves(weight)[0]!.shape.at(-1)!
    return { weight, bias: add(f(20, units), 0.8) }
  })
  const hidden = layers.reduce((h, p) => plain(map, p, h), x)
  return { layers, readout: { weight: f(21, hidden.size / 3, 2), bias: f(22, 2) } }
}

/** Feedback in the shape of the parameters. */
function likeParams(params: Params, feedback: readonly Tensor[]): Params {
  const { leaves, structure } = treeFlatten(params)
  let i = 0
  return treeUnflatten(
    structure,
    leaves.map((t) => (t.ndim < 2 ? t : reshape(feedback[i++]!, t.shape))),
  ) as Params
}

describe.each(rows)('feedback through %s', (_name, map, x, weights) => {
  const params = paramsOf(map, x, weights)
  const loss = lossOf(map, x, plain)
  const distance = async (a: Tree, b: Tree): Promise<number> => squaredNorm(await numbers(treeMap(sub, a, b)))
  const gradient = async (options: Parameters<typeof rateBackpropagation>[0]) => {
    const e = rateBackpropagation(options)
    return e.estimate(loss, params, e.init(params), { key: key(0) })
  }

  it('is the weight after a mirror saw a whole basis', async () => {
    const exact = await gradient({ transport: 'weights' })
    const mirrored = await gradient({ transport: 'weightMirror' })
    expect(await distance(mirrored.grad, exact.grad)).toBeLessThan(1e-20)
    const half = await gradient({ transport: 'weightMirror', alignment: 0, vectors: 1 })
    expect(await distance(half.grad, exact.grad)).toBeGreaterThan(1e-8)
  })

  it.each(['random', 'kolenPollack'] as const)('passes the error by the adjoint of %s weights', async (transport) => {
    const { grad: found, state } = await gradient({ transport })
    const back = likeParams(params, state.feedback)
    expect(await distance(back, params)).toBeGreaterThan(1)
    expect(await distance(found, grad(traces(lossOf(map, x, byFeedback, back)))(params))).toBeLessThan(1e-20)
  })

  it('comes together with the weights by the decay of Kolen–Pollack', async () => {
    const e = rateBackpropagation({ transport: 'kolenPollack', decay: 0.1 })
    let [now, state] = [params, e.init(params)]
    const begun = await distance(likeParams(now, state.feedback), now)
    for (let i = 0; i < 3; i++) {
      const { grad, state: next } = e.estimate(loss, now, state, { key: key(0) })
      state = next
      now = treeMap((p, g) => sub(mul(p, 0.9), mul(g, 0.05)), now, grad)
    }
    // Four estimates, four decays of the difference; its square is measured.
    const { feedback } = e.estimate(loss, now, state, { key: key(0) }).state
    expect((await distance(likeParams(now, feedback), now)) / begun).toBeCloseTo(0.9 ** 8, 8)
  })
})

it.each(['weightMirror', 'kolenPollack', 'random'] as const)(
  'names a layer whose weight has one axis, which has no feedback: %s',
  (transport) => {
    const scale: Map = (p, x) => affineMap(p as AffineMap<Tensor>, x, (y, w) => mul(y, w))
    const [x, e] = [f(1, 3, 4), rateBackpropagation({ transport })]
    const params = paramsOf(scale, x, [f(2, 4)])
    expect(() => e.estimate(lossOf(scale, x, plain), params, e.init(params), { key: key(0) })).toThrow(
      /'layers.0.weight' .*LAYERS_UNSUITABLE/,
    )
  },
)

it.each<Estimator>([feedback({ outputs: 2 }), localLoss({ outputs: 2 }), pseudoZeroth({ outputs: 2 })])(
  'a convolution below the last hidden layer is refused by its name: $name',
  (e) => {
    const [, map, x, weights] = rows[1]!
    const { layers, readout } = paramsOf(map, x, weights)
    const params = { layers, readout: { ...readout, weight: f(21, 3, 2) } }
    const forward = (p: Params, at: Tensor): Tensor =>
      affine(
        p.readout,
        mean(
          p.layers.reduce((h, own) => rates(plain(map, own, h)), at),
          [1, 2],
        ),
      )
    const head = (output: Tensor): Tensor => mean(square(output), 1)
    const loss = Object.assign((p: Params): Tensor => mean(head(forward(p, x))), {
      parts: lossParts({ samples: 3, input: x, forward, head, residuals: null }),
    })
    expect(() => e.estimate(loss, params, e.init(params), { key: key(0) })).toThrow(
      /'layers.0.weight' .*LAYERS_UNSUITABLE/,
    )
  },
)
