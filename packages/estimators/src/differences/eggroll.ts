import { defineFactory, defineOptions, integer, matmul, mul, normal, reshape, transpose } from '@spikeward/core'
import type { Estimator, EstimatorFacts, FloatDType, Key, OptionsOf, Stateless, Tensor } from '@spikeward/core'
import { strategy, strategyOptions } from './evolution.js'
import { alongWeights } from '../shared/facts.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  ...strategyOptions(),
  /** r, default 1: rank of a matrix's perturbation. */
  rank: integer({ min: 1, default: 1, help: 'rank of the perturbation of a matrix (r)' }),
}))

/** Options of {@link eggroll}. */
export type EggrollOptions = OptionsOf<typeof options>

/**
 * Evolution with perturbations of low rank: {@link evolution} with z = ABᵀ/√r for each matrix [m, n], A [m, r] and B
 * [n, r] of independent N(0, 1); vectors are perturbed directly,
 *
 *     ĝ = 1/(2Pσ) Σᵢ [F(L(θ + σzᵢ)) − F(L(θ − σzᵢ))] zᵢ,   zᵢ = AᵢBᵢᵀ/√r
 *
 * (m + n) r random numbers make a perturbation of mn entries, and x z = (xA)Bᵀ/√r. The entries are uncorrelated and
 * have variance 1, so the mean loses nothing. At low rank they are not Gaussian, so the expectation is the gradient of
 * a loss that is smoothed differently from that of `evolution`; the two agree to O(σ²).
 *
 * - Cost: 2P forward units. Bias: as `evolution`. Relative variance of `raw` for one matrix, if the loss is smooth, to
 *   O(σ²):
 *   {[(m + 2)(n + 2) + (r − 1)(mn + 2)]/r − 1}/P, which falls to the mn + 1 of full rank as r grows.
 *
 * @throws as `evolution`
 * @see EGGROLL, 2025 (2511.16652)
 * @example
 * const e = eggroll({ pairs: 64, rank: 2 })
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.forwardEquivalents.item() // 128
 */
export const eggroll = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'eggroll',
    summary: 'evolution with perturbations of low rank',
    options,
    facts: /* @__PURE__ */ alongWeights({
      estimate: 'as `evolution` with z = ABᵀ/√r',
      cost: '2P',
      bias: 'as `evolution`',
      variance: '{[(m + 2)(n + 2) + (r − 1)(mn + 2)]/r − 1}/P for one m × n matrix',
      use: 'large matrices, without derivatives',
      plainly: 'It tries many small changes of all weights, each of a simple form, and moves towards the better ones.',
      needs: 'evaluate',
      unbiased: false,
    }) satisfies EstimatorFacts,
  },
  (read) =>
    (settings: EggrollOptions = {}): Estimator<Stateless> => {
      const { rank, ...rest } = read(settings)
      return strategy('eggroll', rest, (key, like) => like.map((t, i) => perturbation(key.fold(i), t, rank)))
    },
)

function perturbation(key: Key, t: Tensor, rank: number): Tensor {
  const draw = { dtype: t.dtype as FloatDType }
  if (t.ndim < 2) return normal(key, t.shape, draw)
  const columns = t.shape.at(-1)!
  const a = normal(key.fold(0), [t.size / columns, rank], draw)
  const b = normal(key.fold(1), [columns, rank], draw)
  return reshape(mul(matmul(a, transpose(b)), 1 / Math.sqrt(rank)), t.shape)
}
