import {
  SpikewardError,
  add,
  cast,
  defineFactory,
  defineOptions,
  estimatorOption,
  mul,
  number,
  sub,
  treeLeaves,
  treeMap,
  zerosLike,
} from '@spikeward/core'
import type { Estimator, Tensor, Tree } from '@spikeward/core'
import { innerArgument } from '../shared/estimatorOptions.js'
import { innerProduct } from '../shared/leaves.js'
import { mostDemanding } from '../shared/facts.js'

/** Options of {@link controlVariate}. */
export type ControlVariateOptions<G extends Tree = Tree> = {
  /**
   * Share of a new estimate in the running guess, 0 to 1. Default 1/(d + 2), the best for a single Gaussian direction
   * and a constant gradient.
   */
  readonly rate?: number
  /**
   * Computes the guess in each step, instead of the running mean: `feedback()`, `localLoss()`, `activity()`, or any
   * estimator.
   */
  readonly guess?: Estimator<G>
}

const options = /* @__PURE__ */ defineOptions(() => ({
  rate: number({ min: 0, max: 1, computed: '1/(d + 2)', help: 'share of a new estimate in the running guess' }),
  guess: estimatorOption({
    computed: 'the running mean of estimates',
    help: 'estimator that computes the guess in each step',
  }),
}))

/**
 * State of {@link controlVariate}: the running guess s, like the parameters (or the state of the estimator that
 * computes it), and the state of the wrapped estimator.
 */
export type ControlVariateState<S extends Tree, G extends Tree = readonly Tensor[]> = {
  readonly guess: G
  readonly inner: S
}

/**
 * Adds a guess of the gradient, and estimates only the error of the guess:
 *
 *     ĝ = s + e(L − ⟨s, θ⟩),   for `rfg`: s + ((g − s)·v) v
 *
 * The guess is a running mean of estimates, s ← s + rate (ĝ − s), or the estimate of another estimator in this step.
 * Since it is fixed before v is drawn, the estimate is unbiased for any guess; its variance is that of an estimator of
 * g − s:
 *
 *     E‖ĝ − g‖² = (d + κ − 2) E‖g − s‖²/K
 *
 * The running mean contains noise too: it converges only for rate < 2K/(d + K + κ − 2), and fastest at half of that,
 * where each step reduces ‖g − s‖² by the factor 1 − K/(d + K + κ − 2). A larger rate is worse than no guess. The mean
 * of the estimate corrects a biased guess, like `feedback` in a deep network; whether the correction outweighs its
 * noise depends on (d + κ − 2)/K and the size of the bias.
 *
 * - Cost: that of the wrapped one, and of the guess if another estimator computes it. Bias: as the wrapped one, which
 *   must be linear in the
 *   gradient (`rfg`, `lowRank`, `spsa`). Variance: as above.
 *   The wrapped one sees a loss without parts; the guess sees the original loss.
 *
 * @throws INVALID_OPTION, also for a rate together with a guess that has no running mean; UNKNOWN_OPTION; the errors of
 * the guess
 * @see ours; guesses from activities and local losses: Singhal et al. 2023 (2312.04709), who project on them, see
 *   {@link guided}
 * @example
 * // Unbiased, with feedback as the guess: 9 passes of rfg and 2 of feedback
 * const e = controlVariate(rfg({ directions: 8 }), { guess: feedback() })
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.forwardEquivalents.item() // 11
 */
export const controlVariate = /* @__PURE__ */ defineFactory(
  {
    kind: 'combinator',
    name: 'controlVariate',
    summary: 'estimates only the error of a guess: a running one, or that of a second estimator',
    facts: { cost: 'that of the guess' },
    arguments: innerArgument,
    options,
  },
  (read) => {
    function controlVariate<S extends Tree, G extends Tree>(
      e: Estimator<S>,
      options: ControlVariateOptions<G> & { readonly guess: Estimator<G> },
    ): Estimator<ControlVariateState<S, G>>
    function controlVariate<S extends Tree>(
      e: Estimator<S>,
      options?: ControlVariateOptions & { readonly guess?: undefined },
    ): Estimator<ControlVariateState<S>>
    function controlVariate(e: Estimator, options?: ControlVariateOptions): Estimator<ControlVariateState<Tree, Tree>>
    function controlVariate(
      e: Estimator,
      settings: ControlVariateOptions = {},
    ): Estimator<ControlVariateState<Tree, Tree>> {
      const { guess, rate } = read(settings, { inner: e })
      if (guess === undefined) return { ...withMean(e, rate), name: `controlVariate(${e.name})` }
      if (rate !== undefined) {
        throw new SpikewardError(
          'INVALID_OPTION',
          `controlVariate: a rate of ${rate} has no effect with a guess by ${guess.name}, which has no running mean; leave out one of them`,
        )
      }
      return {
        name: `controlVariate(${e.name}, ${guess.name})`,
        needs: mostDemanding([e, guess]),
        unbiased: e.unbiased,
        init: (params) => ({ guess: guess.init(params), inner: e.init(params) }),
        estimate(loss, params, state, { key }) {
          const s = guess.estimate(loss, params, state.guess, { key: key.fold(1) })
          const one = e.estimate(without(loss, params, s.grad), params, state.inner, { key: key.fold(0) })
          return {
            value: one.value,
            grad: treeMap(add, one.grad, s.grad),
            state: { guess: s.state, inner: one.state },
            stats: { forwardEquivalents: add(one.stats.forwardEquivalents, s.stats.forwardEquivalents) },
          }
        },
      }
    }
    return controlVariate
  },
)

/** L − ⟨s, θ' − θ⟩: it has the slopes of L − ⟨s, θ'⟩ and, at θ, the value of L. */
const without =
  <P extends Tree>(loss: (p: P) => Tensor, params: P, guess: P) =>
  (p: P): Tensor => {
    const value = loss(p)
    return sub(value, cast(innerProduct(guess, treeMap(sub, p, params)), value.dtype))
  }

function withMean<S extends Tree>(e: Estimator<S>, estimate: number | undefined): Estimator<ControlVariateState<S>> {
  return {
    name: e.name,
    needs: e.needs,
    unbiased: e.unbiased,
    init: (params) => ({ guess: treeLeaves(params).map((t) => zerosLike(t)), inner: e.init(params) }),
    estimate(loss, params, state, ctx) {
      const rate = estimate ?? 1 / (treeLeaves(params).reduce((d, t) => d + t.size, 0) + 2)
      const left = [...state.guess]
      const guess = treeMap(() => left.shift()!, params)
      const one = e.estimate(without(loss, params, guess), params, state.inner, ctx)
      const grad = treeMap(add, one.grad, guess)
      const next = treeMap((s, g) => add(s, mul(sub(g, s), rate)), guess, grad)
      return { ...one, grad, state: { guess: treeLeaves(next), inner: one.state } }
    },
  }
}
