import {
  arange,
  cast,
  div,
  jvp,
  matmul,
  mean,
  mul,
  square,
  sum,
  transpose,
  vmap,
  ones,
  sqrt,
  add,
} from '@spikeward/core'
import type { Estimator, Tensor } from '@spikeward/core'
import { contract, first } from '../random/along.js'
import { damping, dampingNames } from './damping.js'
import type { DampedState, DampingOptions } from './damping.js'
import { gaussian } from '../random/distributions.js'
import type { Distribution } from '../random/distributions.js'
import { norm } from '../shared/geometry.js'
import { layOut } from '../shared/layOut.js'
import { dampedSolve, residualsOf } from './leastSquares.js'
import { checkCount, checkNames } from '../shared/options.js'
import { partsOf } from '../shared/affineLayers.js'
import { cost } from '../shared/cost.js'

/** Options of {@link subspaceGaussNewton}. */
export type SubspaceGaussNewtonOptions = DampingOptions & {
  /** K, default 32: directions in all. */
  readonly directions?: number
  /** Of the directions before they are brought to length 1, default Gaussian. */
  readonly distribution?: Distribution
}

/**
 * Gauss–Newton in a random subspace (SOFO): the step, not the gradient, of a least-squares loss L = (1/M) Σ r², within the span of K random
 * directions V of length 1,
 *
 *     A = J V,   G = (2/M) AᵀA = U S Uᵀ,   y = Vᵀ∇L = (2/M) Aᵀr,   Δ = V U (S + λ s_max)⁻¹ Uᵀ y
 *
 * Each directional derivative gives M numbers here, one for each residual, not one; G and y are made of all of them.
 * Being a solve it knows no learning rate: take what it gives as `grad` with `sgd(1)` (or less), no momentum.
 *
 * U (S + λ s_max)⁻¹ Uᵀ is (G + λ s_max I)⁻¹: no eigenvectors are needed, and s_max comes from power iteration. The paper keeps λ; here a step is
 * tried on the true loss, and λ goes down or up (`adapt: false` keeps it).
 *
 * - Cost: 1 + K forward units, and 1 to try the step; the solve is O(K²(K + M)). Bias: a step is not a gradient,
 *   `unbiased` is false. Variance: of the span, which is drawn anew each time.
 *
 * @throws LOSS_WITHOUT_PARTS, LOSS_WITHOUT_RESIDUALS, INVALID_OPTION, UNKNOWN_OPTION, PARAMS_NOT_FLOAT, PARAMS_EMPTY
 * @see SOFO, NeurIPS 2024; the trial of a step and its λ are ours
 * @example
 * // What it gives is a step: take it with sgd(1).
 * const e = subspaceGaussNewton({ directions: 64 })
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await loss(treeMap(sub, params, grad)).item() < (await loss(params).item()) // true
 */
export function subspaceGaussNewton(options: SubspaceGaussNewtonOptions = {}): Estimator<DampedState> {
  checkNames('subspaceGaussNewton', options, ['directions', 'distribution', ...dampingNames])
  const { distribution = gaussian } = options
  const count = checkCount('subspaceGaussNewton', 'directions', options.directions ?? 32)
  const damped = damping('subspaceGaussNewton', options, 1e-3)
  return {
    name: 'subspaceGaussNewton',
    needs: 'jvp',
    unbiased: false,
    init: (params) => damped.init(params),
    estimate(loss, params, state, { key }) {
      const parts = partsOf('subspaceGaussNewton', loss)
      const measure = residualsOf('subspaceGaussNewton', parts)
      const p = layOut(loss, params)
      const none = parts.affineLayers.map(() => null)
      const residuals = (tensors: readonly Tensor[]): Tensor => measure(parts.forward(p.rebuild(tensors), none).output)
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
}

/** The largest eigenvalue of a positive semidefinite matrix, from below, by 12 power iterations. */
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
