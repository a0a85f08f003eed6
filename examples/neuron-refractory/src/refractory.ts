import {
  add,
  cast,
  defineFactory,
  defineOptions,
  greater,
  integer,
  maximum,
  mul,
  number,
  sub,
  where,
  zeros,
} from '@spikeward/core'
import type { NeuronModel, OptionsOf, Tensor } from '@spikeward/core'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Steps after a spike in which the neuron takes no input. */
  period: integer({ min: 0, default: 2, help: 'steps after a spike in which the neuron takes no input' }),
  /** Decay of the membrane per step. */
  beta: number({ min: 0, max: 1, default: 0.9, help: 'decay of the membrane per step (β)' }),
  /** Membrane at which the neuron fires. */
  threshold: number({ min: 0, above: true, default: 1, help: 'membrane at which the neuron fires (θ)' }),
}))

/** Options of {@link refractory}. */
export type RefractoryOptions = OptionsOf<typeof options>

/** State of {@link refractory}: the membrane, and the number of steps still to wait. */
export type RefractoryState = { readonly membrane: Tensor; readonly wait: Tensor }

/**
 * Leaky integrate and fire with an absolute refractory period: after a spike the membrane is zero and stays there for
 * `period` steps, for any input.
 *
 *     u ← βu + x where w = 0, else u;   s = H(u − θ);   u ← u − us;   w ← period where s = 1, else max(w − 1, 0)
 *
 * Gradients pass through the membrane and its reset; the count w carries no derivative.
 *
 * @throws INVALID_OPTION
 * @example const network = spikingMlp({ …, neuron: refractory({ period: 3 }) })
 */
export const refractory = /* @__PURE__ */ defineFactory(
  {
    kind: 'neuron',
    name: 'refractory',
    summary: 'leaky integrate and fire with an absolute refractory period',
    options,
  },
  (read) =>
    (settings: RefractoryOptions = {}): NeuronModel<Record<string, never>, RefractoryState> => {
      const { period, beta, threshold } = read(settings)
      return {
        name: 'refractory',
        init: () => ({}),
        rest: (shape, dtype = 'f32') => ({ membrane: zeros(shape, dtype), wait: zeros(shape, dtype) }),
        step(_params, { membrane, wait }, current, spike) {
          const charged = where(greater(wait, 0), membrane, add(mul(membrane, beta), current))
          const output = spike(sub(charged, threshold))
          const fired = greater(output, 0.5)
          const left = cast(maximum(sub(wait, 1), 0), membrane.dtype)
          return {
            state: { membrane: sub(charged, mul(charged, output)), wait: where(fired, period, left) },
            output,
          }
        },
      }
    },
)
