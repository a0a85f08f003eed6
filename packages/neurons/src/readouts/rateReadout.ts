import { defineValue, mean } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'

/**
 * Firing rate: the mean of spikes [time, …] over time, spikes per step, in [0, 1]. Shape: that of one step.
 *
 * @example
 * await rateReadout(tensor([[1, 0], [1, 1]])).data() // [1, 0.5]
 */
export const rateReadout = /* @__PURE__ */ defineValue(
  { kind: 'readout', name: 'rateReadout', summary: 'firing rate: the mean of the spikes over time' },
  (spikes: Tensor): Tensor => mean(spikes, 0),
)
