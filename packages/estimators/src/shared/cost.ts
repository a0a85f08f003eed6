import { full } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'

/** The cost of an estimate, and the statistics that a wrapper adds. */
export type EstimateStats = { forwardEquivalents: Tensor } & { [name: string]: Tensor }

/** Stats of an estimate that cost `forwardEquivalents` forward passes. */
export const cost = (forwardEquivalents: number): EstimateStats => ({
  forwardEquivalents: full([], forwardEquivalents),
})
