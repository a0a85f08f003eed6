import { mean } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'

/** Firing rate: the mean of spikes [time, …] over time, spikes a step, in [0, 1]. Shape: that of one step. */
export const rateReadout = (spikes: Tensor): Tensor => mean(spikes, 0)
