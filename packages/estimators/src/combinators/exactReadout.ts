import { type Estimator, type Tree, add, defineFactory, treeFlatten, treeUnflatten } from '@spikeward/core'
import { innerArgument } from '../shared/estimatorOptions.js'
import { through } from '../layers/through.js'
import { mostDemanding } from '../shared/facts.js'
import { lossesAt } from '../layers/noisyPass.js'
import { fromDeltas, locateViews, throughReadout } from '../layers/locate.js'

/**
 * Computes the readout's gradient exactly, and all other gradients by another estimator.
 *
 * The readout is an affine layer behind the last spikes. Its gradient is local,
 *
 *     ∇W = (1/N) Σₙ xₙδₙᵀ,   ∇b = (1/N) Σₙ δₙ,   δₙ = ∂ℓₙ/∂aₙ
 *
 * and each δ takes one tangent that begins after the network. The wrapped estimator sees a loss in which the readout is
 * a constant, so that no noise of the readout's parameters reaches the others.
 *
 * If the loss has several views (branch and trunk of an operator network), the readout of each is exact.
 *
 * - Cost: 1 forward unit beyond the wrapped one, for each readout. Bias: as the wrapped one; none in the readout.
 *   Variance: none in the readout; for the rest, d no longer counts its parameters.
 * - `activity` and `eligibility` already compute the readout exactly and do not need it.
 *
 * @throws LOSS_WITHOUT_PARTS
 * @see ours
 * @example
 * const e = exactReadout(rfg({ directions: 8 }))
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * const truth = bp().estimate(loss, params, {}, { key: key(0) }).grad
 * ;[await stats.forwardEquivalents.item(), await sub(grad.readout.bias, truth.readout.bias).item()] // [10, 0.000000]
 */
export const exactReadout = /* @__PURE__ */ defineFactory(
  {
    kind: 'combinator',
    name: 'exactReadout',
    summary: 'the gradient of the readout exactly, the rest by the estimator',
    facts: { cost: '1 more' },
    arguments: innerArgument,
  },
  (read) =>
    <S extends Tree>(e: Estimator<S>): Estimator<S> => {
      read({}, { inner: e })
      return {
        ...e,
        name: `exactReadout(${e.name})`,
        needs: mostDemanding([e, { needs: 'jvp' }]),
        estimate(loss, params, state, ctx) {
          const views = locateViews('exactReadout', loss, params).filter(({ readout }) => readout.leaves.length > 0)
          const own = views.flatMap(({ readout }) => readout.leaves)
          const { leaves, structure } = treeFlatten(params)
          const holdReadouts = (p: typeof params): typeof params =>
            treeUnflatten(
              structure,
              treeFlatten(p).leaves.map((t, i) => (own.includes(i) ? leaves[i]! : t)),
            ) as typeof params
          const one = e.estimate(through(loss, holdReadouts), params, state, ctx)
          const grad = [...treeFlatten(one.grad).leaves]
          for (const at of views) {
            const { rest, delta } = throughReadout(at, (readout) => lossesAt(at, [], [], readout))
            const exact = treeFlatten(fromDeltas(at, rest.presynaptic, [...at.hidden.map(() => null), delta])).leaves
            for (const i of at.readout.leaves) grad[i] = exact[i]!
          }
          const forwardEquivalents = add(one.stats.forwardEquivalents, views.length)
          return {
            ...one,
            grad: treeUnflatten(structure, grad) as typeof params,
            stats: { ...one.stats, forwardEquivalents },
          }
        },
      }
    },
)
