import type { NetworkEntry } from '../catalogue/kinds/networks.js'
import { pick } from '../usage/pick.js'

/** Which parts of a network spike. */
export const spikings: Readonly<Record<string, { readonly branch: boolean; readonly trunk: boolean }>> = {
  'branch,trunk': { branch: true, trunk: true },
  branch: { branch: true, trunk: false },
  trunk: { branch: false, trunk: true },
  none: { branch: false, trunk: false },
}

/** Options of several spiking layers, which a network has for its spiking blocks. */
export const deepLayerSettings = ['residual', 'standardiseWeights', 'hiddenGain'] as const

/**
 * Why a network of this library has no spiking block, as a message names it; null if it has one, or if the network is the user's.
 *
 * @param code the option of a network of coordinates
 */
export function withoutSpikingBlock(
  name: string,
  { kind, block, hasOption, thing }: NetworkEntry,
  spiking: string,
  code: unknown,
): string | null {
  if (thing.plugin !== null) return null
  if (block === 'modified') return name
  const { branch, trunk } = pick('choice of spiking parts', spiking, spikings)
  const spikes = kind === 'pinn' ? trunk : branch || (trunk && hasOption('trunk'))
  if (!spikes) return `--spiking ${spiking}`
  return code === 'firstSpike' ? '--code firstSpike' : null
}
