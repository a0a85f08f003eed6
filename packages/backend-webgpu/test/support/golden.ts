import { describe, expect, it } from 'vitest'
import {
  add,
  grad,
  jit,
  jvp,
  key,
  matmul,
  mean,
  normal,
  rademacher,
  square,
  sub,
  sum,
  tensor,
  uniform,
  type Backend,
  type Key,
  type Tensor,
} from '@spikeward/core'
import { atan, rateReadout, snnTorchLeaky, spike, unroll } from '@spikeward/neurons'
import fixture from '../../../neurons/test/fixtures/networks.json' with { type: 'json' }

type Case = (typeof fixture.cases)[number]
type Run = Case['runs'][number]
type Params = readonly { readonly weight: Tensor; readonly bias: Tensor }[]

/** The largest |a − b| over 1 + |b|. */
function largestError(found: ArrayLike<number>, expected: readonly number[]): number {
  expect(found.length).toBe(expected.length)
  return expected.reduce((worst, e, i) => Math.max(worst, Math.abs(found[i]! - e) / (1 + Math.abs(e))), 0)
}

function network(backend: Backend, c: Case, run: Run) {
  const { model } = snnTorchLeaky({
    beta: c.beta,
    threshold: c.threshold,
    reset: run.reset as 'subtract' | 'zero' | 'none',
    resetDelay: c.resetDelay,
  })
  const fire = spike(atan({ alpha: c.alpha }))
  const layers = (W: Case['W'], b: Case['b']): Params =>
    W.map((w, l) => ({ weight: tensor(w, { backend }), bias: tensor(b[l]!, { backend }) }))
  const affine = (x: Tensor, { weight, bias }: Params[number]): Tensor => add(matmul(x, weight), bias)
  const [x, y] = [tensor(c.x, { backend }), tensor(c.y, { backend })]
  const forward = (params: Params): { prediction: Tensor; counts: Tensor[] } => {
    let spikes: Tensor | undefined
    const counts: Tensor[] = []
    for (const [l, layer] of params.slice(0, -1).entries()) {
      const state = model.rest([c.batch, c.widths[l + 1]!])
      const current = affine(spikes ?? x, layer)
      spikes = unroll(model, {}, state, current, spikes === undefined ? { steps: c.steps } : {}, fire).outputs
      counts.push(sum(spikes))
    }
    return { prediction: affine(rateReadout(spikes!), params.at(-1)!), counts }
  }
  const loss = (params: Params): Tensor => mean(square(sub(forward(params).prediction, y)))
  return { forward, loss, params: layers(c.W, c.b), direction: layers(c.directionW, c.directionB) }
}

/**
 * Reference numbers, checked on the backend that `make` returns: networks that were run in another library
 * (predictions, spikes, back-propagated gradients, directional derivatives) and the words of the random generator.
 *
 * Each shader takes a slow compiler long, so the smallest network is tested with all resets and the others with one each;
 * `packages/neurons/test` tests every reset of every network.
 *
 * @param options `gradients` adds back-propagation
 */
export function describeGolden(
  name: string,
  make: () => Promise<Backend>,
  options: { readonly gradients: boolean },
): void {
  describe(`reference numbers on ${name}`, () => {
    const cases = fixture.cases.flatMap((c, i) =>
      c.runs
        .filter((run) => i === 0 || run.reset === 'zero')
        .map((run) => [`${c.widths.join('-')}, reset ${run.reset}`, c, run] as const),
    )

    it.each(cases)('network %s', async (_title, c, run) => {
      await using backend = await make()
      const { forward, loss, params, direction } = network(backend, c, run)
      const all = jit((p: Params, v: Params) => ({ ...forward(p), along: jvp(loss, [p], [v]) }))
      const { prediction, counts, along } = all(params, direction)
      expect(largestError(await prediction.data(), run.prediction.flat())).toBeLessThan(1e-5)
      expect(await Promise.all(counts.map((n) => n.item()))).toEqual(run.spikesPerLayer)
      expect(largestError(await along[0].data(), [run.loss])).toBeLessThan(1e-5)
      expect(largestError(await along[1].data(), [run.exactDirectionalDerivative])).toBeLessThan(1e-4)
      if (!options.gradients) return
      for (const [l, layer] of jit(grad(loss))(params).entries()) {
        expect(largestError(await layer.weight.data(), run.gradW[l]!.flat())).toBeLessThan(1e-4)
        expect(largestError(await layer.bias.data(), run.gradB[l]!)).toBeLessThan(1e-4)
      }
    })

    it('random words are those of the reference backend, bit for bit', async () => {
      await using backend = await make()
      const draw = jit((k: Key) => {
        const [a, b, c] = k.split(3) as [Key, Key, Key]
        return { words: c.fold(7).words, coins: rademacher(a, [513]), even: uniform(b, [513]) }
      })
      const bell = jit((k: Key) => normal(k, [513]))
      const [here, there] = [key(11, { backend }), key(11)]
      const [found, expected] = [draw(here), draw(there)]
      for (const what of ['words', 'coins', 'even'] as const)
        expect(await found[what].data()).toEqual(await expected[what].data())
      expect(largestError(await bell(here).data(), [...(await bell(there).data())])).toBeLessThan(2e-6)
    })
  })
}
