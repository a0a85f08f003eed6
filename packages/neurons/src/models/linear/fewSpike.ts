import {
  add,
  defineFactory,
  defineOptions,
  div,
  full,
  greater,
  integer,
  mul,
  number,
  sub,
  where,
  zeros,
} from '@spikeward/core'
import type { NeuronModel, OptionsOf, Tensor } from '@spikeward/core'
import { type Learned, type Learning, coefficient, learnedInit, learnOption } from '../../learned.js'

/**
 * State of few-spike neurons, each of the neurons' shape: the sum that the spikes of this cycle have sent, and the
 * weight of the next one in units of α.
 */
export type FewSpikeState = { readonly sent: Tensor; readonly weight: Tensor }

const options = /* @__PURE__ */ defineOptions(() => ({
  /** K: bits of a value, which are the steps of a cycle. Default 8. */
  bits: integer({ min: 1, max: 20, default: 8, help: 'bits of a value, which are the steps of a cycle (K)' }),
  /** α > 0: values lie in [0, α(1 − 2^−K)]. Default 4. */
  range: number({ min: 0, above: true, default: 4, help: 'the least bound of the values (α)' }),
  learn: learnOption(['range']),
}))

/** Options of {@link fewSpike}. */
export type FewSpikeOptions<L extends string = never> = Learning<OptionsOf<typeof options>, L>

/**
 * Few-spike neuron: a value is sent as its binary digits, with at most K spikes whose weights halve from step to step.
 *
 *     w_k = α 2^−k,   v = x − Σ_{j<k} w_j s_j,   s_k = H(v/w_k − 1),   output K w_k s_k,   k = 1 … K, then again from 1
 *
 * The mean output over whole cycles is the current x, clipped to [0, α(1 − 2^−K)] and rounded down to a multiple of α
 * 2^−K: a rectified unit of K bits. So give networks a time that is a multiple of K. A rate code needs 2^K steps for
 * the same values. The output is graded, though a message is one bit, since receivers know the weight of a step.
 *
 * The surrogate H' sees v in units of the weight, which makes the derivative of the mean output 1 − Π_k (1 − H'(v/w_k −
 * 1)): about 1 inside the range.
 *
 * Stöckl & Maass 2021, Nature Machine Intelligence 3, arXiv 2002.00860, for rectified units: thresholds, resets and
 * weights are all α 2^−k. There the current charges the membrane before the first step; here it is constant in a cycle.
 * The derivative is ours, and so is the factor K, which turns a sum into a mean. Use it where a layer passes on a mean
 * over time, as networks on grids do: a layer that reads spikes step by step has no constant current.
 *
 * @example
 * const model = fewSpike({ bits: 4, range: 1 })
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.7]), { steps: 4 }, spike(atan(), { atThreshold: 1 }))
 * await outputs.data() // [2, 0, 0.5, 0.25]
 */
export const fewSpike = /* @__PURE__ */ defineFactory(
  {
    kind: 'neuron',
    name: 'fewSpike',
    summary: 'few-spike neuron: sends the binary digits of its value',
    facts: {
      equation: 'w_k = α 2^−k, s_k = H((x − Σ w_j s_j)/w_k − 1); the output is graded, K w_k s_k',
      use: 'rectified units of few steps: the time is a multiple of K',
    },
    options,
  },
  (read) =>
    <const L extends 'range' = never>(settings: FewSpikeOptions<L> = {}): NeuronModel<Learned<L>, FewSpikeState> => {
      const { bits, range: fixed } = read(settings)
      const learn: readonly L[] = settings.learn ?? []
      return {
        name: 'fewSpike',
        init: (_key, n) => learnedInit(learn, { range: fixed }, n),
        rest: (shape, dtype = 'f32') => ({ sent: zeros(shape, dtype), weight: full(shape, 0.5, dtype) }),
        step(params, { sent, weight }, x, spike) {
          const size = mul(weight, coefficient(params, 'range', fixed))
          const value = mul(size, spike(sub(div(sub(x, sent), size), 1)))
          // Between the last weight, 2^−K, and the one before it.
          const more = greater(weight, 1.5 * 2 ** -bits)
          const state = { sent: where(more, add(sent, value), 0), weight: where(more, mul(weight, 0.5), 0.5) }
          return { state, output: mul(value, bits) }
        },
      }
    },
)
