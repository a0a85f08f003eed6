import { add, cast, div, erf, mean, mul, treeMap } from '@spikeward/core'
import type { FloatDType, Key, NeuronModel, Surrogate, Tensor, Tree } from '@spikeward/core'
import { type SpikeOptions, atan, restState, spike, unroll } from '@spikeward/neurons'

/** The activation σ of a layer, with its parameters for n channels. */
export type GridActivation = { init(key: Key, n: number): Tree; apply(params: Tree, x: Tensor): Tensor }

/** The neurons whose mean output is the activation, if there are any, and the precision of their states. */
export type GridUnits = SpikeOptions & {
  readonly neuron?: NeuronModel | undefined
  readonly surrogate?: Surrogate | undefined
  readonly time?: number | undefined
  readonly dtype: FloatDType
}

/** x Φ(x), Φ the distribution function of the standard normal law (Hendrycks & Gimpel 2016, 1606.08415). */
const gelu: GridActivation = {
  init: () => ({}),
  apply: (_params, x) => mul(mul(0.5, x), add(1, erf(div(x, Math.SQRT2)))),
}

/**
 * The activation of every network on a grid: `dense` without a neuron, GELU by default, else the mean output of neurons
 * over `time` steps (default 16) under the constant current x: the rate of spikes, or the mean of graded ones. Units
 * that send changes run for one step: the output is the sum that their receivers hold. Learned thresholds and leaks are
 * parameters of each channel.
 */
export function gridActivation(
  { neuron, surrogate = atan(), time = 16, atThreshold, dtype }: GridUnits,
  dense: GridActivation = gelu,
): GridActivation {
  if (neuron === undefined) return dense
  const steps = neuron.sends === 'changes' ? 1 : time
  const fire = spike(surrogate, atThreshold === undefined ? {} : { atThreshold })
  return {
    init: (key, n) => treeMap((t: Tensor) => cast(t, dtype), neuron.init(key, n)),
    apply: (params, x) =>
      mean(unroll(neuron, params, restState(neuron, x.shape, dtype), x, { steps }, fire).outputs, 0),
  }
}
