import {
  SpikewardError,
  add,
  defineFactory,
  defineOptions,
  estimatorOption,
  treeFlatten,
  treeLeaves,
  treeUnflatten,
} from '@spikeward/core'
import type { Estimator, Stateless, Tensor, Tree } from '@spikeward/core'
import { ofLeaves } from '../layers/through.js'
import { jointlyUnbiased, mostDemanding } from '../shared/facts.js'
import { locateViews, ownedBy } from '../layers/locate.js'

/**
 * One estimator for the parameters of affine layers, another for all other parameters. Each holds the other's
 * parameters constant:
 *
 *     ĝ_sited = e(θ_sited ↦ L(θ)),   ĝ_rest = e'(θ_rest ↦ L(θ))
 *
 * An operator network that learns from an equation exposes only its branch, because a derivative in the coordinates
 * depends on the trunk's weights in more ways than through their pre-activations. `eligibility` alone refuses such a
 * loss; beside `rfg` it accepts it.
 *
 * - Cost: the sum of both. Bias: none if neither has any. Variance: that of each in its part.
 * - Value: of the first. Keys: `key.fold(0)` and `key.fold(1)`.
 *
 * @param sited such as `eligibility()`, `activity()`
 * @param rest such as `rfg({ directions: 8 })`
 * @throws LOSS_WITHOUT_PARTS; INVALID_OPTION if one of them carries state from step to step: only the loss determines
 * which parameters belong to which estimator
 * @see ours
 * @example
 * const e = beside(eligibility(), rfg({ directions: 8 }))
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.forwardEquivalents.item() // 2
 */
export const beside = /* @__PURE__ */ defineFactory(
  {
    kind: 'combinator',
    name: 'beside',
    summary: 'the first for parameters of affine layers that a loss exposes, the second for the rest',
    guide: [
      {
        when: 'affine layers and other parameters, such as an operator that learns from an equation',
        choose: '`beside(eligibility, rfg)`',
        why: 'each estimator for the parameters that it can handle',
      },
    ],
    facts: { cost: 'the sum' },
    arguments: /* @__PURE__ */ defineOptions(() => ({
      sited: estimatorOption({ required: true, help: 'for the parameters of affine layers' }),
      rest: estimatorOption({ required: true, help: 'for all other parameters' }),
    })),
  },
  (read) =>
    (sited: Estimator, rest: Estimator): Estimator<Stateless> => {
      read({}, { sited, rest })
      const name = `beside(${sited.name}, ${rest.name})`
      return {
        name,
        needs: mostDemanding([sited, rest]),
        unbiased: jointlyUnbiased([sited, rest]),
        init(params) {
          for (const e of [sited, rest]) checkStateless(name, e, params)
          return {}
        },
        estimate(loss, params, state, { key }) {
          const owned = new Set(locateViews(name, loss, params).flatMap(ownedBy))
          const { leaves, structure } = treeFlatten(params)
          const grad: Tensor[] = [...leaves]
          const of = (e: Estimator, own: readonly number[], fold: number) => {
            const here = own.map((leaf) => leaves[leaf]!)
            const estimate = e.estimate(ofLeaves(loss, params, own), here, state, { key: key.fold(fold) })
            own.forEach((leaf, k) => (grad[leaf] = estimate.grad[k]!))
            return estimate
          }
          const all = leaves.map((_, i) => i)
          const [first, others] = [all.filter((i) => owned.has(i)), all.filter((i) => !owned.has(i))]
          const each = [
            ...(first.length === 0 ? [] : [of(sited, first, 0)]),
            ...(others.length === 0 ? [] : [of(rest, others, 1)]),
          ]
          return {
            value: each[0]!.value,
            grad: treeUnflatten(structure, grad) as typeof params,
            state,
            stats: { forwardEquivalents: each.map((e) => e.stats.forwardEquivalents).reduce((a, b) => add(a, b)) },
          }
        },
      }
    },
)

function checkStateless(name: string, e: Estimator, params: Tree): void {
  if (treeLeaves(e.init(params)).length === 0) return
  throw new SpikewardError(
    'INVALID_OPTION',
    `${name}: ${e.name} has a state, which is made before the loss determines its parameters; ` +
      'name the parts with perBlock, or use estimators without a state, such as eligibility and rfg',
  )
}
