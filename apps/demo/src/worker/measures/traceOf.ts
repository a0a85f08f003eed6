import { reshape } from '@spikeward/core'
import type { Network, Tensor, Tree } from '@spikeward/core'

/** The activity of a hidden layer at one point: spikes and membranes after each step, both [T, neurons]. */
export type LayerTrace = { readonly spikes: Tensor; readonly membranes: Tensor }

/**
 * Spikes and membranes of every hidden layer at one point, as `network.record` gives them for many; none if the network does not
 * show its neurons. Every neuron model of the demo has a membrane.
 *
 * @param x [1, inputs]
 */
export const traceOf = <V extends Tree>(
  { record }: Pick<Network<V>, 'record'>,
  variables: V,
  x: Tensor,
): LayerTrace[] =>
  (record?.(variables, x) ?? []).map(({ spikes, membranes }) => {
    const { shape } = spikes
    const one = [shape[0]!, shape[2]!]
    return { spikes: reshape(spikes, one), membranes: reshape(membranes as Tensor, one) }
  })
