import {
  add,
  choice,
  defineFactory,
  defineOptions,
  div,
  integer,
  key as keyOf,
  matmul,
  mul,
  normal,
  number,
  square,
  sub,
  sum,
  transpose,
  treeFlatten,
  treeUnflatten,
} from '@spikeward/core'
import type { Estimator, FloatDType, OptionsOf, Tensor, Tree } from '@spikeward/core'
import { matrices } from '../shared/leaves.js'
import { orthonormal } from '../random/orthonormal.js'
import { type Located, locateViews, refuseComputedWeights } from '../layers/locate.js'
import { innerArgument } from '../shared/estimatorOptions.js'
import { passAt } from '../layers/noisyPass.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** k: leading directions of the inputs of each layer. A layer with at most k inputs is not projected. */
  directions: integer({ min: 1, default: 8, help: 'leading directions of the inputs of each layer (k)' }),
  /**
   * The part of a gradient that remains: its `complement` of the leading directions, as in the continual learning of
   * Zeng et al., or the part along the `leading` directions, in which the activity moves.
   */
  keep: choice(['complement', 'leading'], {
    default: 'complement',
    help: 'the part that remains: orthogonal to the leading directions, or along them',
  }),
  /**
   * η, the step of the directions towards those of the present inputs, above 0. The larger it is, the sooner earlier
   * inputs are forgotten.
   */
  rate: number({ min: 0, above: true, default: 1, help: 'step of the directions towards those of the inputs (η)' }),
}))

/** Options of {@link orthogonal}. */
export type OrthogonalOptions = OptionsOf<typeof options>

/**
 * State of {@link orthogonal}: the leading directions Uᵀ [k, m] of each matrix [m, n] with m > k among the parameters,
 * and the state of the wrapped estimator. Directions of matrices that are no weights of hidden layers are not used.
 */
export type OrthogonalState<S extends Tree> = { readonly directions: readonly Tensor[]; readonly inner: S }

/** The key of the directions before the first step; it is the same in every run. */
const START = 0x5eed

/** Larger than zero, for inputs that are all zero. */
const TINY = 1e-30

/**
 * Projects the gradient of each hidden weight on the orthogonal complement of the leading directions of the layer's
 * inputs, or on these directions:
 *
 *     U ← orth(U + η m C U/tr C),   C = XᵀX,   X the inputs of this step (mean rates above spikes), [N, m]
 *     ∇W = (I − U Uᵀ) Ĝ,   or U Uᵀ Ĝ with `keep: 'leading'`,   Ĝ [m, n] from the wrapped estimator
 *
 * U [m, k] is orthonormal. One step of subspace iteration (Oja's rule) per estimate moves it towards the k leading
 * eigenvectors of the second moment of the inputs. A step of `sgd` along the complement changes a layer's response to
 * inputs in the span of U by its bias only. `adam` divides each element by its own size: its steps are about as long
 * however little of the gradient remains, and they leave the complement. Biases, the readout, layers with at most k
 * inputs and parameters without a layer keep the gradient of the wrapped estimator.
 *
 * - Cost: that of the wrapped estimator, and 1 more forward pass for each side of the network. Bias: yes, the mean of
 *   the estimate is the projection of that of the wrapped one. Variance: if ĝ is xᵀδ̂/N with noise in δ̂ that is as
 *   large for all samples, as in `activity` on noise of equal size, the part that remains is Σₙ‖P xₙ‖²/Σₙ‖xₙ‖² with P
 *   the projection: the complement of leading directions removes most of it, and with it most of the signal.
 *
 * @throws LOSS_WITHOUT_PARTS, INVALID_OPTION, UNKNOWN_OPTION; LAYERS_UNSUITABLE for weights that stand for
 *   another matrix, such as standardised ones
 * @see Ma & Yu 2026 (2602.22259), LOCO: node perturbation with ΔW P, P a projection of low rank from clusters of the
 *   layer's inputs and their principal components. We know this rule from its abstract and public reviews only. Here
 *   one subspace serves all samples, without clusters; it is tracked, not computed anew; and the readout is not
 *   projected. The complement is that of orthogonal weight modification (Zeng et al. 2019, 1810.01256), the subspace
 *   that of Oja 1982.
 * @example
 * const e = orthogonal(activity({ directions: 4 }), { directions: 1 })
 * const { state } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await sum(square(state.directions[0])).item() // 1.000000
 */
export const orthogonal = /* @__PURE__ */ defineFactory(
  {
    kind: 'combinator',
    name: 'orthogonal',
    summary:
      'the gradient of each hidden weight, projected off the leading directions of its inputs, or on them: biased',
    facts: { cost: '1 more for each side' },
    arguments: innerArgument,
    options,
  },
  (read) =>
    <S extends Tree>(e: Estimator<S>, settings: OrthogonalOptions = {}): Estimator<OrthogonalState<S>> => {
      const { directions: count, keep, rate } = read(settings, { inner: e })
      return {
        name: `orthogonal(${e.name})`,
        needs: e.needs,
        unbiased: false,
        init: (params) => ({
          directions: wide(params, count).map(({ tensor }, i) => firstDirections(tensor, count, i)),
          inner: e.init(params),
        }),
        estimate(loss, params, state, ctx) {
          const one = e.estimate(loss, params, state.inner, ctx)
          const tracked = wide(params, count).map(({ leaf }) => leaf)
          const { leaves, structure } = treeFlatten(one.grad)
          const grad = [...leaves]
          const directions = [...state.directions]
          const views = locateViews('orthogonal', loss, params)
          for (const at of views) {
            for (const { weight, inputs } of inputsOf(at)) {
              const i = tracked.indexOf(weight)
              if (i < 0) continue
              directions[i] = tracking(directions[i]!, inputs, rate)
              grad[weight] = projected(grad[weight]!, directions[i], keep)
            }
          }
          return {
            value: one.value,
            grad: treeUnflatten(structure, grad) as typeof params,
            state: { directions, inner: one.state },
            stats: { ...one.stats, forwardEquivalents: add(one.stats.forwardEquivalents, views.length) },
          }
        },
      }
    },
)

/** The matrices with more inputs than directions. */
const wide = (params: Tree, count: number) =>
  matrices(params).filter(({ tensor }) => tensor.ndim === 2 && tensor.shape[0]! > count)

const firstDirections = (weight: Tensor, count: number, i: number): Tensor => {
  const shape = [count, weight.shape[0]!]
  return orthonormal([normal(keyOf(START).fold(i), shape, { dtype: weight.dtype as FloatDType })])[0]!
}

/** The weights of hidden layers, by leaf, and the inputs [N, m] of these layers. */
function inputsOf<P extends Tree>(at: Located<P>): { readonly weight: number; readonly inputs: Tensor }[] {
  refuseComputedWeights(
    'orthogonal',
    at.hidden,
    'projecting the gradient of that weight does not project the gradient of the matrix',
    'use the wrapped estimator alone',
  )
  const { presynaptic } = passAt(at, [], [], null)
  return at.hidden.flatMap(({ weight }, l) => (weight === null ? [] : [{ weight, inputs: presynaptic[l]! }]))
}

/** One step of subspace iteration: orth(U + η m C U/tr C) of Uᵀ [k, m]. */
function tracking(rows: Tensor, inputs: Tensor, rate: number): Tensor {
  const moved = matmul(transpose(matmul(inputs, transpose(rows))), inputs)
  const mean = add(sum(square(inputs)), TINY)
  return orthonormal([add(rows, mul(div(moved, mean), rate * rows.shape[1]!))])[0]!
}

/** The part of G [m, n] along the directions Uᵀ [k, m], or orthogonal to them. */
function projected(gradient: Tensor, rows: Tensor, keep: 'complement' | 'leading'): Tensor {
  const along = matmul(transpose(rows), matmul(rows, gradient))
  return keep === 'leading' ? along : sub(gradient, along)
}
