import { defineFactory, defineOptions } from '@spikeward/core'
import type { Estimator, EstimatorFacts, Key, Loss, OptionsOf, Stateless, Tensor, Tree } from '@spikeward/core'
import { directionalEstimate } from './along.js'
import { halves } from './halves.js'
import { blocks } from '../layers/blocks.js'
import { type Distribution, gaussianDistribution } from './distributions.js'
import { layOut, restrict } from '../shared/leaves.js'
import { directionsOption, distributionOption, scopeOption } from '../shared/estimatorOptions.js'
import { alongWeights, cost } from '../shared/facts.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /**
   * `global` (default): a direction spans all parameters. `layerwise`: a direction spans one block, and each block has
   * its own directions.
   */
  scope: scopeOption(),
  /** K, default 1: directions in all (`global`), or for each block (`layerwise`). */
  directions: directionsOption(),
  /** Default {@link gaussianDistribution}. */
  distribution: distributionOption(gaussianDistribution),
}))

/** Options of {@link rfg}. */
export type RfgOptions = OptionsOf<typeof options>

/**
 * Random forward gradient: ĝ = (1/K) Σₖ (∇L·vₖ) vₖ, with E[v vᵀ] = I. It runs no reverse pass, over time or over
 * layers, and stores nothing per time step.
 *
 * - `global`: v spans all d parameters. Relative variance (d + κ − 2)/K, cosine to ∇L about √(K/(K + d + κ − 2)).
 * - `layerwise`: for each of the L blocks ĝ_l = (1/K) Σₖ (∇L·vₖ) vₖ with vₖ zero outside block l. Variance
 *   Σ (d_l + κ − 2)‖g_l‖²/K. This is less than that of one global direction, but takes L·K directional derivatives;
 *   `global` with L·K directions has about the same variance if the gradients of the blocks are similar. Compare the
 *   two at equal numbers of directional derivatives.
 *
 * Cost: `global` 1 + K, `layerwise` 1 + L·K forward units: the primal, and one for each directional derivative. For
 * the same number of directional derivatives `layerwise` takes fewer operations than `global`, see `overBlocks`.
 * Bias: none.
 *
 * Direction k is drawn from `key.fold(k)`, for block l from `key.fold(l).fold(k)`: a pure function of the key.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION, PARAMS_NOT_FLOAT, PARAMS_EMPTY, NOT_A_SCALAR
 * @see Baydin et al. 2022 (2202.08587); Silver et al., ICLR 2022; layer-wise: Fournier et al. 2023 (2306.06968)
 * @example
 * const e = rfg({ directions: 8, distribution: rademacherDistribution })
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.forwardEquivalents.item() // 9
 */
export const rfg = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'rfg',
    summary: 'random forward gradient: mean of (∇L·v) v over random directions, no reverse pass over time or layers',
    guide: [
      {
        when: 'parameters outside of affine layers',
        choose: '`rfg`',
        why: 'needs only the loss, unbiased for every parameter',
      },
    ],
    options,
    facts: /* @__PURE__ */ alongWeights({
      estimate: '(1/K) Σₖ (g·vₖ) vₖ; layer-wise: the same for each block, v zero outside it',
      cost: '1 + K; layer-wise 1 + L K',
      bias: 'none',
      variance: '(d + κ − 2)/K; layer-wise Σ (d_l + κ − 2)‖g_l‖²/(K‖g‖²)',
      use: 'any loss and any parameter; many cheap steps',
      plainly:
        'It nudges all weights in a random direction and measures, carried forward through every spike, whether the error falls.',
      needs: 'jvp',
      unbiased: true,
    }) satisfies EstimatorFacts,
  },
  (read) =>
    (settings: RfgOptions = {}): Estimator<Stateless> => {
      const { scope, directions: count, distribution } = read(settings)
      const estimate: Estimator<Stateless>['estimate'] = (loss, params, state, { key }) => ({
        ...(scope === 'global' ? overAll : overBlocks)(loss, params, key, count, distribution),
        state,
      })
      return {
        name: 'rfg',
        needs: 'jvp',
        unbiased: true,
        along: { count, estimate, ...halves(scope, distribution) },
        init: () => ({}),
        estimate,
      }
    },
)

type Draw = <P extends Tree>(
  loss: Loss<P>,
  params: P,
  key: Key,
  count: number,
  distribution: Distribution,
) => { value: Tensor; grad: P; stats: ReturnType<typeof cost> }

const overAll: Draw = (loss, params, key, count, distribution) => {
  const p = layOut(loss, params)
  const { value, grad } = directionalEstimate(p.loss, p.tensors, count, (k) =>
    distribution.sample(key.fold(k), p.tensors),
  )
  return { value, grad: p.rebuild(grad), stats: cost(1 + count) }
}

/**
 * One `jvp` per block, of the loss as a function of that block's tensors alone. The other blocks are constants:
 * tangents of the layers below are symbolic zeros and cost nothing, and the layers above skip the product with a weight
 * tangent. With L products in a forward pass this takes about L²/2 products for the primals and K·L²/2 for the
 * tangents. One `vmap` over L·K directions that are zero outside their block takes L and 2K·L². Counted on a spiking
 * network with 4 blocks of 32 neurons: 17 against 27 million operations for K = 1, 41 against 100 for K = 4, and a
 * quarter of the workspace.
 */
const overBlocks: Draw = (loss, params, key, count, distribution) => {
  const p = layOut(loss, params)
  const parts = blocks(params)
  const grad = [...p.tensors]
  let value: Tensor | undefined
  parts.forEach((block, l) => {
    const own = block.leaves.map((i) => p.tensors[i]!)
    const blockKey = key.fold(l)
    const part = directionalEstimate(restrict(p, block.leaves), own, count, (k) =>
      distribution.sample(blockKey.fold(k), own),
    )
    block.leaves.forEach((leaf, i) => (grad[leaf] = part.grad[i]!))
    value ??= part.value
  })
  return { value: value!, grad: p.rebuild(grad), stats: cost(1 + parts.length * count) }
}
