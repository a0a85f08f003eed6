import { add, defineFactory, defineOptions, mul, number, treeMap } from '@spikeward/core'
import type { Optimizer, Stateless } from '@spikeward/core'

const decayArgument = /* @__PURE__ */ defineOptions(() => ({
  decay: number({ min: 0, required: true, help: 'share of the parameters that is added (λ)' }),
}))

/**
 * Weight decay: u = g + λ θ. Before `scaleByAdam` it is an L2 penalty; between it and the rate it is decoupled decay
 * (AdamW).
 *
 * @param decay λ ≥ 0
 * @throws INVALID_OPTION
 * @see Loshchilov & Hutter 2017 (1711.05101)
 * @example const adamW = chain(scaleByAdam(), addDecayedWeights(1e-2), scaleByLearningRate(1e-3))
 */
export const addDecayedWeights = /* @__PURE__ */ defineFactory(
  {
    kind: 'transform',
    name: 'addDecayedWeights',
    summary: 'weight decay',
    facts: { update: 'g + λ θ', state: 'none' },
    arguments: decayArgument,
  },
  (read) =>
    (decay: number): Optimizer<Stateless> => {
      read({}, { decay })
      return {
        name: `addDecayedWeights(${decay})`,
        init: () => ({}),
        update: (grad, state, params) => ({ updates: treeMap((g, p) => add(g, mul(p, decay)), grad, params), state }),
      }
    },
)
