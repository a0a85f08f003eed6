import { spikingParts } from '@spikeward/operators'
import type { NetworkEntry } from '../catalogue/kinds/networks.js'
import { pick } from '../usage/pick.js'

/** Options of several spiking layers, which a network has for its spiking blocks. */
export const deepLayerSettings = ['residual', 'standardiseWeights', 'hiddenGain'] as const

/**
 * Why a network of this library has no spiking block, as a message names it; null if it has one, or if the network is the user's.
 *
 * @param code the option of a network of coordinates
 */
export function withoutSpikingBlock(
  name: string,
  { kind, block, hasOption, named }: NetworkEntry,
  spiking: string,
  code: unknown,
): string | null {
  if (named.plugin !== null) return null
  if (block === 'modified') return name
  const { branch, trunk } = pick('choice of spiking parts', spiking, spikingParts)
  const spikes = kind === 'pinn' ? trunk : branch || (trunk && hasOption('trunk'))
  if (!spikes) return `--spiking ${spiking}`
  return code === 'firstSpike' ? '--code firstSpike' : null
}
