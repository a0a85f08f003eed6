import type { Widths } from '../../catalogue/kinds/networkSizes.js'

/**
 * The number of rows of the widest layer that are held at once: all time steps if a layer passes its spikes on, up to
 * the networks' chunk.
 */
export function rowsOf(samples: number, hidden: Widths, time: number): number {
  return hidden.length <= 1 ? samples : Math.max(samples, Math.min(32_768, samples * time))
}
