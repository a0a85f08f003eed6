import {
  arange, cast, defineFactory, defineOptions, div, full, integer, mean, mul, normal, number, sub, treeMap, vmap, add,
} from '@spikeward/core'

const options = /* @__PURE__ */ defineOptions(() => ({
  directions: integer({ min: 1, default: 8, help: 'directions per step (K)' }),
  size: number({ min: 0, above: true, default: 0.05, help: 'length of a step along a direction (ε)' }),
}))

/**
 * One-sided differences of the loss along K random directions:
 *
 *     ĝ = (1/K) Σₖ [L(θ + εzₖ) − L(θ)]/ε · zₖ
 *
 * It needs K + 1 evaluations of the loss and no derivative.
 */
export const differences = /* @__PURE__ */ defineFactory(
  { kind: 'estimator', name: 'differences', summary: 'one-sided differences along random directions', options },
  (read) =>
    /**
     * @param {import('@spikeward/core').OptionsOf<typeof options>} [given]
     * @returns {import('@spikeward/core').Estimator<{}>}
     */
    (given = {}) => {
      const { directions, size } = read(given)
      return {
        name: 'differences',
        needs: 'evaluate',
        unbiased: false,
        init: () => ({}),
        estimate(loss, params, state, { key }) {
          const value = loss(params)
          const each = vmap((/** @type {import('@spikeward/core').Tensor} */ k) => {
            const own = key.fold(k)
            let leaf = 0
            const z = treeMap((p) => cast(normal(own.fold(leaf++), p.shape), p.dtype), params)
            const moved = treeMap((p, d) => add(p, mul(d, size)), params, z)
            const slope = div(sub(loss(moved), value), size)
            return treeMap((d) => mul(cast(slope, d.dtype), d), z)
          })(arange(directions, 'u32'))
          const grad = treeMap((g) => mean(g, 0), each)
          return { value, grad, state, stats: { forwardEquivalents: full([], 1 + directions) } }
        },
      }
    },
)
