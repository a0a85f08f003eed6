import { SpikewardError, add, cast, greater, maximum, mul, sub, where, zeros } from '@spikeward/core'
import type { NeuronModel, Tensor } from '@spikeward/core'

/** Options of {@link refractory}. */
export type RefractoryOptions = {
  /** Steps after a spike in which the neuron takes no input, default 2. */
  readonly period?: number
  /** Share of the membrane that is left after a step, 0 to 1, default 0.9. */
  readonly beta?: number
  /** Default 1. */
  readonly threshold?: number
}

/** State of {@link refractory}: the membrane, and how many steps are still to be waited. */
export type RefractoryState = { readonly membrane: Tensor; readonly wait: Tensor }

/**
 * Leaky integrate and fire with an absolute refractory period: after a spike the membrane is zero and stays there for
 * some steps, whatever comes in.
 *
 *     u ← βu + x where w = 0, else u;   s = H(u − θ);   u ← u − us;   w ← period where s = 1, else max(w − 1, 0)
 *
 * Gradients pass through the membrane and its reset; w is a count, of which nothing is differentiated.
 *
 * @throws INVALID_OPTION
 * @example const network = spikingMlp({ …, neuron: refractory({ period: 3 }) })
 */
export function refractory(options: RefractoryOptions = {}): NeuronModel<Record<string, never>, RefractoryState> {
  const { period = 2, beta = 0.9, threshold = 1 } = options
  if (!Number.isSafeInteger(period) || period < 0 || !(beta >= 0 && beta <= 1) || !(threshold > 0)) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `refractory: period is ${period}, beta ${beta}, threshold ${threshold}; give a whole number of at least 0, a number from 0 to 1, and one above 0`,
    )
  }
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
}
