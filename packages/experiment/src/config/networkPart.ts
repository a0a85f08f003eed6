import { spikingParts } from '@spikeward/operators'
import type { NetworkEntry } from '../catalogue/kinds/networks.js'
import { pick } from '../usage/usageError.js'
import { canonical, canonicalList } from '../catalogue/notation/canonical.js'
import { type NetworkSize, genericSizes, networkSizes } from '../catalogue/kinds/networkSizes.js'
import { lossSettings } from './settings/runSettings.js'
import type { TrainConfig, TrainOptions } from './trainConfig.js'
import type { NetworkDefaults } from '../tuned.js'

/** Options of several spiking layers, which a network has for its spiking blocks. */
export const deepLayerSettings = ['residual', 'standardiseWeights', 'hiddenGain'] as const

/**
 * Why a network of this library has no spiking block, as a message names it; null if it has one, or if the network is
 * the user's.
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

export type Note = (what: string, name: string, value: unknown) => void

type PartSetting = Exclude<NetworkSize, 'time'> | 'spiking' | 'amplitude' | keyof typeof lossSettings

/** The settings that depend on the kind of network: its sizes, the parts that spike, and how it learns. */
const partSettings = Object.keys({ ...networkSizes, spiking: 1, ...lossSettings, amplitude: 1 }).filter(
  (name) => name !== 'time',
) as readonly PartSetting[]
export type NetworkPart = Pick<TrainConfig, PartSetting>

const nothing = Object.fromEntries(partSettings.map((name) => [name, null])) as NetworkPart

const spikingSettings = ['time', 'neuron', 'surrogate'] as const

function takenBy(entry: NetworkEntry): readonly string[] {
  if (entry.graph !== null) return []
  if (entry.kind === 'regression') return entry.named.plugin === null ? ['hidden', 'spiking'] : ['hidden']
  if (entry.onGrid) return ['spiking', 'loss', 'amplitude']
  const common = ['hidden', 'spiking', 'loss', 'derivative', 'derivativeStep', 'collocation', 'hard']
  const rank = entry.hasOption('rank') ? ['rank'] : []
  if (entry.kind === 'pinn') return [...common, ...rank, 'refine']
  return [
    ...common,
    ...rank,
    'branch',
    'features',
    'points',
    'amplitude',
    ...(entry.hasOption('trunk') ? ['trunk'] : []),
  ]
}

export function networkPart(
  name: string,
  entry: NetworkEntry,
  sizes: NetworkDefaults,
  options: TrainOptions,
  note: Note,
): NetworkPart {
  const takes = takenBy(entry)
  for (const setting of partSettings) if (!takes.includes(setting)) note(name, setting, options[setting])
  if (entry.graph !== null) return nothing
  if (entry.kind === 'regression') {
    const dense = takes.includes('spiking') && options.spiking === 'none'
    if (!dense && takes.includes('spiking'))
      note(name, 'spiking', options.spiking === 'branch,trunk' ? undefined : options.spiking)
    if (dense) for (const setting of spikingSettings) note('--spiking none', setting, options[setting])
    return { ...nothing, hidden: options.hidden ?? sizes.hidden ?? genericSizes.hidden, spiking: dense ? 'none' : null }
  }
  const spiking = options.spiking ?? sizes.spiking ?? (entry.block === 'modified' ? 'none' : 'branch,trunk')
  const loss = options.loss ?? sizes.loss ?? (entry.kind === 'pinn' ? 'physics' : 'data')
  const smooth = spiking === 'branch' || spiking === 'none'
  const residual = {
    derivative: canonical('derivative', options.derivative ?? sizes.derivative ?? (smooth ? 'exact' : 'stencil')),
    derivativeStep: options.derivativeStep ?? null,
    collocation:
      options.collocation ?? sizes.collocation ?? (entry.separable ? genericSizes.lines : genericSizes.collocation),
  }
  const common = {
    ...nothing,
    spiking,
    loss,
    ...(loss === 'data' ? {} : residual),
    rank: entry.hasOption('rank') ? (options.rank ?? sizes.rank ?? genericSizes.rank) : null,
    hard: options.hard ?? true,
  }
  if (loss === 'data')
    for (const setting of ['derivative', 'derivativeStep', 'collocation', 'refine'] as const)
      note('--loss data', setting, options[setting] === 'none' ? undefined : options[setting])
  if (spiking === 'none') note('--spiking none', 'code', options.declared?.['code'])
  const none = withoutSpikingBlock(name, entry, spiking, options.declared?.['code'])
  if (none !== null) for (const setting of deepLayerSettings) note(none, setting, options.declared?.[setting])
  const hidden = options.hidden
  if (entry.kind === 'pinn') {
    const refine = loss === 'data' ? undefined : (options.refine ?? sizes.refine)
    return {
      ...common,
      refine: refine === undefined ? null : canonicalList('refinement', refine),
      hidden: hidden ?? sizes.hidden ?? genericSizes.hidden,
    }
  }
  const amplitude = options.amplitude ?? sizes.amplitude ?? 'none'
  if (entry.onGrid) return { ...common, amplitude }
  return {
    ...common,
    branch: options.branch ?? hidden ?? sizes.branch ?? genericSizes.branch,
    trunk: entry.hasOption('trunk') ? (options.trunk ?? hidden ?? sizes.trunk ?? genericSizes.trunk) : null,
    features: options.features ?? sizes.features ?? genericSizes.features,
    points: options.points ?? sizes.points ?? null,
    amplitude,
  }
}
