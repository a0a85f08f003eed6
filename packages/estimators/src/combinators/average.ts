import {
  add,
  defineFactory,
  defineOptions,
  div,
  estimatorOption,
  integer,
  mean,
  scan,
  sum,
  treeMap,
  zeros,
  zerosLike,
} from '@spikeward/core'
import type { Estimator, Tensor, Tree } from '@spikeward/core'
import type { EstimateStats } from '../shared/facts.js'

/**
 * The mean of `count` independent estimates,
 *
 *     ĝ = (1/k) Σᵢ ĝ⁽ⁱ⁾
 *
 * with estimate i from `key.fold(i)` and the state after estimate i − 1.
 *
 * The estimates run one after another (a `scan`), so the memory is that of one. If the wrapped estimator has
 * an option `directions`, more directions are cheaper: they share the primal.
 *
 * - Cost: k times the wrapped one. Bias: as the wrapped one. Variance: 1/k of it.
 * - Stats: forward-equivalents are summed, all others averaged.
 *
 * @param count k ≥ 1
 * @throws INVALID_OPTION
 * @see ours
 * @example
 * const e = average(4, rfg())
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.forwardEquivalents.item() // 8
 */
export const average = /* @__PURE__ */ defineFactory(
  {
    kind: 'combinator',
    name: 'average',
    summary: 'mean of k estimates, one after another',
    facts: { cost: 'k times' },
    arguments: /* @__PURE__ */ defineOptions(() => ({
      count: integer({ min: 1, required: true, help: 'estimates (k)' }),
      inner: estimatorOption({ required: true, help: 'the wrapped estimator' }),
    })),
  },
  (read) =>
    <S extends Tree>(count: number, e: Estimator<S>): Estimator<S> => {
      read({}, { count, inner: e })
      return {
        ...e,
        name: `average(${count}, ${e.name})`,
        estimate(loss, params, state, { key }) {
          const step = (carry: { i: Tensor; state: S; grad: typeof params }, _: null) => {
            const one = e.estimate(loss, params, carry.state, { key: key.fold(carry.i) })
            const next = { i: add(carry.i, 1), state: one.state, grad: treeMap(add, carry.grad, one.grad) }
            return [next, { value: one.value, stats: one.stats }] as [
              typeof carry,
              { value: Tensor; stats: EstimateStats },
            ]
          }
          const zero = { i: zeros([], 'u32'), state, grad: treeMap((p) => zerosLike(p), params) }
          const [last, each] = scan(step, zero, null, { length: count })
          const stats = {
            ...treeMap((s) => mean(s, 0), each.stats),
            forwardEquivalents: sum(each.stats.forwardEquivalents, 0),
          }
          return {
            value: mean(each.value, 0),
            grad: treeMap((g) => div(g, count), last.grad),
            state: last.state,
            stats,
          }
        },
      }
    },
)
