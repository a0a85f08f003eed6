import {
  SpikewardError,
  add,
  arange,
  cast,
  concatenate,
  defineFactory,
  defineOptions,
  div,
  estimatorOption,
  expandDims,
  greater,
  jvp,
  mul,
  number,
  sub,
  treeLeaves,
  vmap,
  where,
  zerosLike,
} from '@spikeward/core'
import type { Estimator, EstimatorFacts, Key, Tensor, Tree } from '@spikeward/core'
import { contract, first } from '../random/along.js'
import { gaussianDistribution } from '../random/distributions.js'
import { type Leaves, layOut, norm } from '../shared/leaves.js'
import { solveGram } from '../random/orthogonalTangents.js'
import { directionsOption } from '../shared/estimatorOptions.js'
import { alongWeights, cost, mostDemanding } from '../shared/facts.js'

/** Options of {@link guided}. */
export type GuidedOptions<G extends Tree = Tree> = {
  /** K, default 8: random directions in addition to the guess. */
  readonly directions?: number
  /** Share of the old guess in the new one, at least 0 (default: the guess is the last estimate) and below 1. */
  readonly decay?: number
  /** Computes the guess in each step, instead of the last estimates: `feedback()`, `localLoss()`, or any estimator. */
  readonly guess?: Estimator<G>
}

const options = /* @__PURE__ */ defineOptions(() => ({
  directions: directionsOption({ fallback: 8, help: 'random directions in addition to the guess (K)' }),
  decay: number({ min: 0, max: 1, computed: '0', help: 'share of the old guess in the new one' }),
  guess: estimatorOption({ computed: 'the last estimates', help: 'estimator that computes the guess in each step' }),
}))

/**
 * State of {@link guided}: the guess, a tensor for each of the parameters; or the state of the estimator that computes
 * it.
 */
export type GuidedState<G extends Tree = readonly Tensor[]> = { readonly guess: G }

/**
 * The projection of the gradient on a guess of it and K random directions:
 *
 *     V = [s, v₁ … v_K],   ĝ = V (VᵀV)⁻¹ Vᵀg,   s ← decay · s + (1 − decay) ĝ,   or s from another estimator
 *
 * The directional derivative along the guess determines its length in each step. While the gradient stays constant,
 * each step adds K dimensions to the guess. Random directions correct the guess only in the space that they span. If
 * another estimator computes the guess, the estimate has about its direction, with the length given by the loss.
 *
 * - Cost: 2 + K forward units, and the cost of the guess if another estimator computes it. Bias: yes, a projection is
 *   too short. Variance and bias
 *   together, with c the cosine of the guess to g: E‖ĝ − g‖²/‖g‖² = (1 − c²)(1 − K/(d − 1)). Without a guess (the first
 *   step) it is a projection on K + 1 random directions.
 *
 * @throws INVALID_OPTION, also for a decay together with a guess other than the last estimates; UNKNOWN_OPTION,
 * PARAMS_NOT_FLOAT,
 *   PARAMS_EMPTY, NOT_A_SCALAR; the errors of the guess
 * @see Singhal et al. 2023 (2312.04709), whose guesses come from activities and local losses: `guess`; the running mean
 *   of estimates is ours
 * @example
 * // The second estimate uses the first.
 * const e = withCosine(guided({ directions: 8 }))
 * const first = e.estimate(loss, params, e.init(params), { key: key(0) })
 * const second = e.estimate(loss, params, first.state, { key: key(1) })
 * ;[await first.stats.cosine?.item(), await second.stats.cosine?.item()] // [0.87, 0.99]
 */
export const guided = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'guided',
    summary: 'projection on a guess of the gradient and on K random directions',
    options,
    facts: /* @__PURE__ */ alongWeights({
      estimate: 'as `orthogonalTangents`, with a guess of the gradient among the directions',
      cost: '2 + K, and the guess',
      bias: 'shrinks',
      variance: '(1 − c²)(1 − K/(d − 1)), c the cosine of the guess',
      use: 'large batches whose gradient changes slowly',
      plainly: 'It guesses which way to step, checks the guess, and adds a few random directions.',
      needs: 'jvp',
      unbiased: false,
    }) satisfies EstimatorFacts,
  },
  (read) => {
    function guided<G extends Tree>(
      options: GuidedOptions<G> & { readonly guess: Estimator<G> },
    ): Estimator<GuidedState<G>>
    function guided(options?: GuidedOptions & { readonly guess?: undefined }): Estimator<GuidedState>
    function guided(options: GuidedOptions): Estimator<GuidedState<Tree>>
    function guided(settings: GuidedOptions = {}): Estimator<GuidedState<Tree>> {
      const { guess, decay, directions: count } = read(settings)
      if (guess === undefined) return withMean(count, decay ?? 0)
      if (decay !== undefined) {
        throw new SpikewardError(
          'INVALID_OPTION',
          `guided: a decay of ${decay} has no effect with a guess by ${guess.name}, which stores no earlier one; leave out one of them`,
        )
      }
      return {
        name: `guided(${guess.name})`,
        needs: mostDemanding([{ needs: 'jvp' }, guess]),
        unbiased: false,
        init: (params) => ({ guess: guess.init(params) }),
        estimate(loss, params, state, { key }) {
          const s = guess.estimate(loss, params, state.guess, { key: key.fold(count + 1) })
          const p = layOut(loss, params)
          const { value, grad } = projected(p, treeLeaves(s.grad), count, key)
          const stats = { forwardEquivalents: add(s.stats.forwardEquivalents, 2 + count) }
          return { value, grad: p.rebuild(grad), state: { guess: s.state }, stats }
        },
      }
    }
    return guided
  },
)

function withMean(count: number, decay: number): Estimator<GuidedState> {
  return {
    name: 'guided',
    needs: 'jvp',
    unbiased: false,
    init: (params) => ({ guess: treeLeaves(params).map((t) => zerosLike(t)) }),
    estimate(loss, params, state, { key }) {
      const p = layOut(loss, params)
      const { value, grad } = projected(p, state.guess, count, key)
      const guess = grad.map((g, i) => add(g, mul(sub(state.guess[i]!, g), decay)))
      return { value, grad: p.rebuild(grad), state: { guess }, stats: cost(2 + count) }
    },
  }
}

/** The projection on a guess, or on one more random direction if the guess is zero, and on K random directions. */
function projected<P extends Tree>(
  p: Leaves<P>,
  guess: readonly Tensor[],
  count: number,
  key: Key,
): { readonly value: Tensor; readonly grad: readonly Tensor[] } {
  const length = norm(guess)
  const instead = gaussianDistribution.sample(key.fold(count), p.tensors)
  // Scales the guess to length √d, about that of the random directions, so that the Gram matrix is well scaled.
  const factor = div(Math.sqrt(p.size), where(greater(length, 0), length, 1))
  const guide = guess.map((s, i) => where(greater(length, 0), mul(s, cast(factor, s.dtype)), instead[i]!))
  const random = vmap((k: Tensor) => gaussianDistribution.sample(key.fold(k), p.tensors))(arange(count, 'u32'))
  const v = guide.map((s, i) => concatenate([expandDims(s, 0), random[i]!], 0))
  const each = vmap((direction: readonly Tensor[]) => {
    const [value, slope] = jvp(p.loss, [p.tensors], [direction])
    return { value, slope }
  })(v)
  const weights = solveGram(v, each.slope)
  return { value: first(each.value), grad: v.map((x) => contract(weights, x)) }
}
