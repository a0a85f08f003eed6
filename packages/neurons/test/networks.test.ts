import { describe, expect, it } from 'vitest'
import {
  add,
  cast,
  grad,
  jit,
  jvp,
  matmul,
  mean,
  mul,
  square,
  sub,
  sum,
  tensor,
  treeMap,
  valueAndGrad,
  vmap,
} from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { atan, rateReadout, snnTorchLeaky, spike, unroll } from '../src/index.js'
import { type NetworkCase, type NetworkRun, largestError, networkFixture } from './golden.js'

type Layer = { readonly weight: Tensor; readonly bias: Tensor }
type Params = readonly Layer[]

const f64 = { dtype: 'f64' } as const
const layers = (W: NetworkCase['W'], b: NetworkCase['b']): Params =>
  W.map((w, l) => ({ weight: tensor(w, f64), bias: tensor(b[l]!, f64) }))
const affine = (x: Tensor, { weight, bias }: Layer): Tensor => add(matmul(x, weight), bias)

function network(c: NetworkCase, run: NetworkRun, rounded = false) {
  const { beta, threshold, resetDelay } = c
  const { model } = snnTorchLeaky({ beta, threshold, reset: run.reset, resetDelay })
  const exact = spike(atan({ alpha: c.alpha }))
  // snnTorch's spikes are f32 whatever the membrane's dtype, so that it rounds the cotangent of every spike to f32.
  const fire = rounded ? (u: Tensor): Tensor => cast(cast(exact(u), 'f32'), 'f64') : exact
  const x = tensor(c.x, f64)
  const y = tensor(c.y, f64)
  const forward = (params: Params): { prediction: Tensor; counts: Tensor[] } => {
    let spikes: Tensor | undefined
    const counts: Tensor[] = []
    params.slice(0, -1).forEach((layer, l) => {
      const state = model.rest([c.batch, c.widths[l + 1]!], 'f64')
      const { outputs } =
        spikes === undefined
          ? unroll(model, {}, state, affine(x, layer), { steps: c.steps }, fire)
          : unroll(model, {}, state, affine(spikes, layer), {}, fire)
      spikes = outputs
      counts.push(sum(spikes))
    })
    return { prediction: affine(rateReadout(spikes!), params.at(-1)!), counts }
  }
  return {
    forward,
    loss: (params: Params): Tensor => mean(square(sub(forward(params).prediction, y))),
    params: layers(c.W, c.b),
    direction: layers(c.directionW, c.directionB),
  }
}

async function expectGradient(g: Params, run: NetworkRun, tolerance: number): Promise<void> {
  for (const [l, layer] of g.entries()) {
    expect(largestError(await layer.weight.data(), run.gradW[l]!.flat())).toBeLessThan(tolerance)
    expect(largestError(await layer.bias.data(), run.gradB[l]!)).toBeLessThan(tolerance)
  }
}

/** Σ |gᵢ vᵢ|: the scale of the rounding error of a directional derivative. */
function magnitude(c: NetworkCase, run: NetworkRun): number {
  const pairs = [
    [run.gradW.flat(2), c.directionW.flat(2)],
    [run.gradB.flat(), c.directionB.flat()],
  ] as const
  return pairs.reduce((all, [g, v]) => all + g.reduce((a, x, i) => a + Math.abs(x * v[i]!), 0), 0)
}

const all = networkFixture().cases.flatMap((c) =>
  c.runs.map((run) => [`${c.widths.join('-')}, reset ${run.reset}`, c, run] as const),
)

it('has 9 reference networks', () => {
  expect(all).toHaveLength(9)
})

describe.each(all)('reference network %s', (_title, c, run) => {
  const { forward, loss, params, direction } = network(c, run)

  it('gives the prediction and the spikes of every layer', async () => {
    for (const f of [forward, jit(forward)]) {
      const { prediction, counts } = f(params)
      expect(largestError(await prediction.data(), run.prediction.flat())).toBeLessThan(1e-10)
      expect(await Promise.all(counts.map((n) => n.item()))).toEqual(run.spikesPerLayer)
    }
  })

  it('gives the gradient of back-propagation through time, rounded as there', async () => {
    const { loss: rounded } = network(c, run, true)
    const [value, eager] = valueAndGrad(rounded)(params)
    expect(Math.abs((await value.item()) - run.loss)).toBeLessThan(1e-10)
    await expectGradient(eager, run, 1e-12)
    await expectGradient(jit(grad(rounded))(params), run, 1e-12)
  })

  it('gives it without that rounding to single precision', async () => {
    const largest = Math.max(...run.gradW.flat(2).map(Math.abs))
    await expectGradient(grad(loss)(params), run, 1e-7 * Math.max(1, largest))
    await expectGradient(jit(grad(loss))(params), run, 1e-7 * Math.max(1, largest))
  })

  it('gives the directional derivative in forward mode', async () => {
    const along = (p: Params, v: Params): [Tensor, Tensor] => jvp(loss, [p], [v])
    for (const f of [along, jit(along)]) {
      const [value, slope] = f(params, direction)
      expect(Math.abs((await value.item()) - run.loss)).toBeLessThan(1e-10)
      expect(Math.abs((await slope.item()) - run.exactDirectionalDerivative)).toBeLessThan(1e-10)
      const rounding = 2 ** -24 * magnitude(c, run)
      expect(Math.abs((await slope.item()) - run.directionalDerivative)).toBeLessThan(rounding)
    }
  })

  it('gives two directions at once', async () => {
    // The second direction is −½ of the first: derivatives are linear in it.
    const pair = treeMap(
      (v) => mul(v, tensor(Float64Array.of(1, -0.5), { shape: [2, ...v.shape.map(() => 1)] })),
      direction,
    )
    const slopes = vmap((v: Params) => jvp(loss, [params], [v])[1])
    for (const f of [slopes, jit(slopes)]) {
      const [one, two] = await f(pair).data()
      expect(Math.abs(one! - run.exactDirectionalDerivative)).toBeLessThan(1e-10)
      expect(Math.abs(two! + run.exactDirectionalDerivative / 2)).toBeLessThan(1e-10)
    }
  })
})
