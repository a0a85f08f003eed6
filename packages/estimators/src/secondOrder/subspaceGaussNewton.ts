import {
  add,
  arange,
  cast,
  defineFactory,
  defineOptions,
  div,
  jvp,
  matmul,
  mean,
  mul,
  ones,
  sqrt,
  square,
  sum,
  transpose,
  vmap,
} from '@spikeward/core'
import type { Estimator, EstimatorFacts, OptionsOf, Tensor } from '@spikeward/core'
import { contract, first } from '../random/along.js'
import { type DampedState, damping, dampingOptions } from './damping.js'
import { gaussianDistribution } from '../random/distributions.js'
import { layOut, norm } from '../shared/leaves.js'
import { dampedSolve, residualsOf } from './leastSquares.js'
import { outputOf, partsOf } from '../layers/locate.js'
import { cost } from '../shared/facts.js'
import { directionsOption, distributionOption } from '../shared/estimatorOptions.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  ...dampingOptions(1e-3),
  /** K: directions in all. */
  directions: directionsOption({ fallback: 32, help: 'directions per step (K)' }),
  /** Distribution of the directions before they are scaled to length 1. */
  distribution: distributionOption(gaussianDistribution),
}))

const facts = {
  estimate: 'the step of `gaussNewton` in the span of K random directions',
  cost: '2 + K',
  bias: 'a step, not a gradient',
  variance: 'not stated',
  use: 'least squares with few parameters and no traces; with `sgd`',
  plainly: 'It nudges all weights in some random directions and solves for the best step among them.',
  loss: 'with parts',
  needs: 'jvp',
  unbiased: false,
  reverseOverTime: false,
  reverseOverLayers: false,
  weightTransport: 'none',
  local: 'the slopes of all residuals along the directions',
  memoryInTime: 'constant',
  formsReadout: false,
} satisfies EstimatorFacts

/** Options of {@link subspaceGaussNewton}. */
export type SubspaceGaussNewtonOptions = OptionsOf<typeof options>

/**
 * Gauss–Newton in a random subspace (SOFO): the step, not the gradient, of a least-squares loss L = (1/M) Σ r², within
 * the span of K random directions V of length 1,
 *
 *     A = J V,   G = (2/M) AᵀA = U S Uᵀ,   y = Vᵀ∇L = (2/M) Aᵀr,   Δ = V U (S + λ s_max)⁻¹ Uᵀ y
 *
 * Each directional derivative gives M numbers, one for each residual, and G and y use all of them. The step needs no
 * learning rate: apply `grad` with `sgd(1)` (or less), without momentum.
 *
 * U (S + λ s_max)⁻¹ Uᵀ is (G + λ s_max I)⁻¹: no eigenvectors are needed, and power iteration gives s_max. λ is constant
 * in the paper; here each step is tried on the true loss, and λ falls or grows (`adapt: false` keeps it constant).
 *
 * - Cost: 1 + K forward units, and 1 to try the step; the solve is O(K²(K + M)). Bias: a step is not a gradient,
 *   `unbiased` is false. Variance: that of the span, which is drawn again in each step.
 *
 * @throws LOSS_WITHOUT_PARTS, LOSS_WITHOUT_RESIDUALS, INVALID_OPTION, UNKNOWN_OPTION, PARAMS_NOT_FLOAT, PARAMS_EMPTY
 * @see SOFO, NeurIPS 2024; the trial of a step and its λ are ours
 * @example
 * // The result is a step: apply it with sgd(1).
 * const e = subspaceGaussNewton({ directions: 64 })
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await loss(treeMap(sub, params, grad)).item() < (await loss(params).item()) // true
 */
export const subspaceGaussNewton = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'subspaceGaussNewton',
    summary: 'Gauss–Newton in the span of K random directions; apply the step with sgd',
    options,
    facts,
  },
  (read) =>
    (settings: SubspaceGaussNewtonOptions = {}): Estimator<DampedState> => {
      const filled = read(settings)
      const { directions: count, distribution } = filled
      const damped = damping(filled)
      return {
        name: 'subspaceGaussNewton',
        needs: 'jvp',
        unbiased: false,
        init: (params) => damped.init(params),
        estimate(loss, params, state, { key }) {
          const parts = partsOf('subspaceGaussNewton', loss, { derivatives: true })
          const measure = residualsOf('subspaceGaussNewton', parts)
          const p = layOut(loss, params)
          const residuals = (tensors: readonly Tensor[]): Tensor => measure(outputOf(parts, p.rebuild(tensors)))
          const each = vmap((k: Tensor) => {
            const raw = distribution.sample(key.fold(k), p.tensors)
            const length = norm(raw)
            const v = raw.map((x) => div(x, cast(length, x.dtype)))
            const [r, slope] = jvp(residuals, [p.tensors], [v])
            return { r, slope, v }
          })(arange(count, 'u32'))
          const r = first(each.r)
          const share = 2 / r.size
          const gram = mul(matmul(each.slope, transpose(each.slope)), share)
          const y = mul(matmul(each.slope, r), share)
          const amounts = dampedSolve(gram, mul(cast(state.damping, gram.dtype), largest(gram)), y)
          const value = mean(square(r))
          const step = each.v.map((v) => contract(amounts, v))
          const decided = damped.decide(value, p.tensors, step, p.loss, state)
          const stats = { ...cost(1 + count + damped.cost), accepted: decided.accepted, damping: state.damping }
          return { value, grad: p.rebuild(decided.grad), state: decided.state, stats }
        },
      }
    },
)

/** A lower bound of the largest eigenvalue of a positive semidefinite matrix, by 12 power iterations. */
function largest(a: Tensor): Tensor {
  const n = a.shape[0]!
  let v: Tensor = matmul(a, mul(ones([n], a.dtype === 'f64' ? 'f64' : 'f32'), 1 / Math.sqrt(n)))
  let size = sqrt(sum(square(v)))
  for (let i = 0; i < 12; i++) {
    v = matmul(a, div(v, add(size, 1e-30)))
    size = sqrt(sum(square(v)))
  }
  return size
}
