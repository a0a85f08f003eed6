import { SpikewardError } from '@spikeward/core'
import type { Chip } from '../chip/chip.js'

/** Cores that a layer takes, and what decides it. */
export interface Placement {
  readonly neurons: number
  readonly synapses: number
  /** Bytes of the layer's synapses. */
  readonly synapseBytes: number
  readonly cores: number
}

/**
 * Cores for each layer: the number that its neurons or the memory of its synapses require.
 *
 * @param widths neurons of each layer
 * @param bits bits of a weight
 * @param inputs of the first layer that are spikes; default 0: the host computes its currents
 * @throws CHIP_LIMIT naming the limit that the network exceeds
 */
export function placeLayers(chip: Chip, widths: readonly number[], bits: number, inputs = 0): readonly Placement[] {
  const placements = widths.map((neurons, l): Placement => {
    const fanIn = l === 0 ? inputs : widths[l - 1]!
    if (fanIn > chip.fanIn) {
      throw new SpikewardError(
        'CHIP_LIMIT',
        `layer ${l} has ${fanIn} inputs, but a core of ${chip.name} distinguishes only ${chip.fanIn}; use at most ${chip.fanIn} ${l === 0 ? 'inputs' : 'neurons per layer'}`,
      )
    }
    const synapses = fanIn * neurons
    const synapseBytes = Math.ceil((synapses * bits) / 8)
    const cores = Math.max(Math.ceil(neurons / chip.neuronsPerCore), Math.ceil(synapseBytes / chip.synapseBytesPerCore))
    return { neurons, synapses, synapseBytes, cores }
  })
  const total = placements.reduce((sum, { cores }) => sum + cores, 0)
  if (total <= chip.cores) return placements
  throw new SpikewardError(
    'CHIP_LIMIT',
    `the network takes ${total} cores, but ${chip.name} has ${chip.cores}; use narrower or fewer layers, or fewer bits per weight`,
  )
}
