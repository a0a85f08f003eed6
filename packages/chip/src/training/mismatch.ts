import { SpikewardError, boxMuller } from '@spikeward/core'
import type { DeviceArrays } from './deviceNetwork.js'

/** Imperfections of a device. */
export interface Mismatch {
  /** Relative standard deviation of thresholds and of decays (of the part that a step removes), between neurons. */
  readonly spread: number
  /** Share of synapses that are stuck at 0. */
  readonly stuck: number
  /** Uniform numbers in [0, 1), such as those of a generator with a key. */
  readonly uniform: () => number
}

/**
 * The same network on an imperfect device: thresholds θ(1 + σg), decays dv(1 + σg) with normally distributed g, and
 * synapses stuck at 0. Training on the device adapts to these neurons; a network that was trained elsewhere does not.
 *
 * @throws INVALID_OPTION unless spread and stuck lie between 0 and 1
 */
export function withMismatch({ network, layers }: DeviceArrays, { spread, stuck, uniform }: Mismatch): DeviceArrays {
  for (const [name, share] of Object.entries({ spread, stuck })) {
    if (!(share >= 0 && share <= 1))
      throw new SpikewardError('INVALID_OPTION', `withMismatch: ${name} is ${share}; it must lie between 0 and 1`)
  }
  const normal = (): number => boxMuller(uniform(), uniform())
  const whole = 2 ** network.chip.decayBits
  const most = 2 ** (network.chip.stateBits - 1) - 1
  const between = (low: number, x: number, high: number): number => Math.min(high, Math.max(low, Math.round(x)))
  return {
    network,
    layers: layers.map(({ threshold, resetBy, ...layer }) => {
      const factors = Array.from(threshold, () => 1 + spread * normal())
      return {
        ...layer,
        threshold: threshold.map((t, i) => between(1, t * factors[i]!, most)),
        resetBy: resetBy.map((r, i) => between(1, r * factors[i]!, most)),
        decay: layer.decay.map((d) => between(0, whole - (whole - d) * (1 + spread * normal()), whole)),
        working: layer.working.map(() => (uniform() < stuck ? 0 : 1)),
      }
    }),
  }
}
