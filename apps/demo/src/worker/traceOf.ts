import { reshape } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import type { SpikingMlp, SpikingMlpVariables } from '@spikeward/operators'

/** The activity of a hidden layer at one point: spikes and membranes after each step, both [T, neurons]. */
export type LayerTrace = { readonly spikes: Tensor; readonly membranes: Tensor }

/**
 * Spikes and membranes of every hidden layer at one point, as `network.record` gives them for many. Every neuron model
 * of the demo has a membrane.
 *
 * @param x [1, inputs]
 */
export const traceOf = (network: SpikingMlp, variables: SpikingMlpVariables, x: Tensor): LayerTrace[] =>
  network.record(variables, x).map(({ spikes, membranes }) => {
    const { shape } = spikes
    const one = [shape[0]!, shape[2]!]
    return { spikes: reshape(spikes, one), membranes: reshape(membranes as Tensor, one) }
  })
