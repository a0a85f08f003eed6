import {
  add,
  collect,
  grad,
  jvp,
  key,
  layerGradient,
  layersOf,
  mean,
  mul,
  normal,
  perturb,
  rademacher,
  reshape,
  tensor,
  treeFlatten,
  treeMap,
  treeUnflatten,
  valueAndGrad,
  zeros,
  type ByLayer,
  type Estimator,
  type Key,
  type Loss,
  type Tree,
  type Unbiased,
} from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { describeEstimator, estimatorChecks, estimatorUnderTest, failuresOf } from '../src/index.js'

type Nothing = Record<string, never>

/** One random forward gradient, its result and draw changed by `twist`. */
function forward(
  change: { factor?: number; unbiased?: Unbiased; draw?: (k: Key) => Key; distribution?: typeof normal } = {},
): Estimator<Nothing> {
  const { factor = 1, unbiased = true, draw = (k) => k, distribution = normal } = change
  return {
    name: 'forward',
    needs: 'jvp',
    unbiased,
    init: () => ({}),
    estimate<P extends Tree>(loss: Loss<P>, params: P, state: Nothing, ctx: { key: Key }) {
      const { leaves, structure } = treeFlatten(params)
      const keys = draw(ctx.key).split(leaves.length)
      const v = treeUnflatten(
        structure,
        leaves.map((t, i) => distribution(keys[i]!, t.shape, { dtype: t.dtype as 'f32' | 'f64' })),
      ) as P
      const [value, slope] = jvp(loss, [params], [v])
      return {
        value,
        grad: treeMap((t) => mul(t, mul(slope, factor)), v),
        state,
        stats: { forwardEquivalents: tensor(2) },
      }
    },
  }
}

const bp: Estimator<Nothing> = {
  name: 'bp',
  needs: 'vjp',
  unbiased: true,
  init: () => ({}),
  estimate(loss, params, state) {
    const [value, g] = valueAndGrad(loss)(params)
    return { value, grad: g, state, stats: { forwardEquivalents: tensor(3) } }
  },
}

describeEstimator(() => forward(), { samples: 2048 })
describeEstimator(() => forward({ distribution: rademacher }), { name: 'rademacher', samples: 2048 })
describeEstimator(() => forward({ factor: 0.5, unbiased: false }), { name: 'biased and honest' })
describeEstimator(() => bp, { samples: 256 })

const failures = async (estimator: Estimator<Nothing>, options = {}): Promise<string[]> =>
  [
    ...(
      await failuresOf(
        estimatorChecks(),
        estimatorUnderTest(() => estimator, { samples: 2048, ...options }),
      )
    ).entries(),
  ].map(([name, e]) => `${name} | ${(e as Error).message}`)

describe('describeEstimator catches', () => {
  it('a bias of 15 % that is declared unbiased', async () => {
    const found = await failures(forward({ factor: 1.15 }), { samples: 4096 })
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(/z-test .*length along the gradient|z-test .*hidden/)
  })

  it('a bias that is declared and is not there', async () => {
    const found = await failures(forward({ unbiased: false }))
    expect(found).toEqual([expect.stringMatching(/has a bias if.*declared unbiased: false, .* show no bias/)])
    expect(await failures(forward({ unbiased: false }), { showsBias: false })).toEqual([])
  })

  it('a bias above a layer of spikes, of an estimator that is exact for one hidden layer', async () => {
    // The gradient of affine maps from time averages: x̄ᵀ Σ_t δ_t for Σ_t x_tᵀδ_t.
    const averaged = (unbiased: Unbiased): Estimator<Nothing> => ({
      ...bp,
      unbiased,
      estimate(loss, params, state, ctx) {
        const { parts } = loss
        if (parts === undefined) throw new Error('it needs parts')
        const { forward, input } = parts
        const layers = layersOf(forward, params, input)
        const still = Object.fromEntries(layers.map(({ id, shape, dtype }) => [id, zeros(shape, dtype)]))
        const deltas = grad((at: ByLayer) => mean(parts.head(perturb(forward)(at, params, input))))(still)
        const [, inputs] = collect(forward)(params, input)
        const exact = bp.estimate(loss, params, state, ctx)
        return {
          ...exact,
          grad: layerGradient((p: typeof params, x: Tree) => forward(p, x))(inputs, deltas, params, input),
        }
      },
    })
    const quick = { samples: 256 }
    expect(await failures(averaged('oneHiddenLayer'), quick)).toEqual([])
    expect(await failures(averaged(true), quick)).toEqual([
      expect.stringMatching(/on two layers of spikes layers.1.weight.* declare unbiased: 'oneHiddenLayer'/),
    ])
    expect(await failures(bp, quick)).toEqual([])
    expect(await failures({ ...bp, unbiased: 'oneHiddenLayer' }, quick)).toEqual([
      expect.stringMatching(/show no bias, not even on two layers of spikes/),
    ])
  })

  it('a bias of 1e-6 in an estimator without noise', async () => {
    const off: Estimator<Nothing> = {
      ...bp,
      estimate: (loss, p, s, c) => {
        const e = bp.estimate(loss, p, s, c)
        return { ...e, grad: treeMap((g) => add(g, 1e-6), e.grad) }
      },
    }
    expect(await failures(off, { samples: 256 })).toEqual([expect.stringMatching(/hidden.bias\[0\] is off by/)])
  })

  it('a draw that does not depend on the key', async () => {
    const found = await failures(forward({ draw: () => key(4) }))
    expect(found.map((f) => f.split(' | ')[0])).toEqual(
      expect.arrayContaining([expect.stringMatching(/another key/), expect.stringMatching(/z-test/)]),
    )
  })

  it('a draw that depends on more than the key', async () => {
    let calls = 0
    expect((await failures(forward({ unbiased: false, draw: (k) => k.fold(calls++) })))[0]).toMatch(
      /the same key gives the same/,
    )
  })

  it('a gradient of another shape, a wrong value, a vector among the stats', async () => {
    const flat: Estimator<Nothing> = {
      ...bp,
      estimate: (loss, p, s, c) => {
        const e = bp.estimate(loss, p, s, c)
        return { ...e, grad: treeMap((g) => reshape(g, [-1]), e.grad) }
      },
    }
    expect((await failures(flat, { samples: 256 }))[0]).toMatch(/structure.*the gradient is/)
    const value: Estimator<Nothing> = {
      ...bp,
      estimate: (loss, p, s, c) => {
        const e = bp.estimate(loss, p, s, c)
        return { ...e, value: mul(e.value, 1.01) }
      },
    }
    expect(await failures(value, { samples: 256 })).toEqual([expect.stringMatching(/value is the loss/)])
    const stats: Estimator<Nothing> = {
      ...bp,
      estimate: (loss, p, s, c) => ({
        ...bp.estimate(loss, p, s, c),
        stats: { forwardEquivalents: tensor(3), each: tensor([1, 2]) },
      }),
    }
    expect(await failures(stats, { samples: 256 })).toEqual([expect.stringMatching(/stats.each has shape \[2\]/)])
  })
})
