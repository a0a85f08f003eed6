import {
  defineFactory,
  defineOptions,
  equal,
  greater,
  integer,
  iota,
  less,
  logicalAnd,
  logicalOr,
  neuronOption,
  reshape,
  sum,
  where,
} from '@spikeward/core'
import type { NeuronModel, Tensor, Tree } from '@spikeward/core'

/** A layer of which at most k neurons fire at once, so that it is not pointwise. */
export interface WinnersLayer<P extends Tree, S extends Tree> extends NeuronModel<P, S> {
  readonly pointwise: false
}

const positional = /* @__PURE__ */ defineOptions(() => ({
  model: neuronOption({ required: true, help: 'the neurons of the layer' }),
  count: integer({ min: 1, required: true, help: 'neurons of a layer that may fire in a step (k)' }),
}))

/** Whether an entry is among the `count` largest of its last axis; of equal ones the first. */
function amongLargest(u: Tensor, count: number): Tensor {
  const n = u.shape.at(-1)!
  const [own, other] = [reshape(u, [...u.shape, 1]), reshape(u, [...u.shape.slice(0, -1), 1, n])]
  const earlier = greater(iota([n, n], 0), iota([n, n], 1))
  const ahead = logicalOr(greater(other, own), logicalAnd(equal(other, own), earlier))
  // Numbers by a choice: a ledger counts a condition that becomes a number as a decision to fire.
  return less(sum(where(ahead, 1, 0), -1), count)
}

/**
 * Only the k largest of a layer: in each step a neuron fires if it exceeds its threshold, and at most k − 1 neurons of
 * the layer exceed theirs by more.
 *
 *     s_i = H(u_i − θ)  if u_i − θ is among the k largest,  else 0
 *
 * Of equal ones the first fire. A neuron that loses is not reset. Derivatives pass through the winners alone, by the
 * surrogate, so also through a winner that stays silent. The layer is the last axis: the neurons of a perceptron, or
 * the channels at each point of a grid. A model with spikes of either sign, such as `sigmaDelta`, has k winners of
 * each. The choice takes n² comparisons for n neurons in each step, in one pass, which up to 512 neurons is faster than
 * a selection.
 *
 * Makhzani & Frey 2015, arXiv 1409.2752, choose over the samples of a batch; here, as inhibition within a layer does,
 * over its neurons.
 *
 * @throws INVALID_OPTION
 * @example
 * const layer = winners(integrateAndFire(), 1)
 * const { outputs } = unroll(layer, {}, layer.rest([2]), tensor([2, 3]), { steps: 2 }, spike(atan()))
 * await outputs.data() // [0, 1, 0, 1]
 */
export const winners = /* @__PURE__ */ defineFactory(
  {
    kind: 'neuron',
    name: 'winners',
    summary: 'at most k neurons of a layer fire in a step, those that exceed their thresholds most',
    facts: { equation: 'any model, s_i = 0 unless u_i − θ is among the k largest', use: 'sparse layers' },
    arguments: positional,
  },
  (read) =>
    <P extends Tree, S extends Tree>(model: NeuronModel<P, S>, count: number): WinnersLayer<P, S> => {
      read({}, { model, count })
      return {
        ...model,
        name: `winners(${model.name})`,
        pointwise: false,
        step: (params, state, x, spike, ...rest) =>
          model.step(params, state, x, (u) => spike(where(amongLargest(u, count), u, -1)), ...rest),
      }
    },
)
