import { spikingParts } from '@spikeward/operators'
import type { NetworkEntry } from '../catalogue/kinds/networks.js'
import { pick, usageError } from '../usage/usageError.js'
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
export const partSettings = Object.keys({ ...networkSizes, spiking: 1, ...lossSettings, amplitude: 1 }).filter(
  (name) => name !== 'time',
) as readonly PartSetting[]
export type NetworkPart = Pick<TrainConfig, PartSetting>

export const nothing = Object.fromEntries(partSettings.map((name) => [name, null])) as NetworkPart

/** The settings of the networks of one kind of problem. */
export type KindSettings = {
  /** Those that a network takes; the others have no effect. */
  takes(entry: NetworkEntry): readonly string[]
  /** Their values, of the options or by default; notes options without effect. */
  part(name: string, entry: NetworkEntry, sizes: NetworkDefaults, options: TrainOptions, note: Note): NetworkPart
}

export const regressionSettings: KindSettings = {
  takes: ({ named }) => (named.plugin === null ? ['hidden', 'spiking'] : ['hidden']),
  part(name, { named }, sizes, options, note) {
    const dense = named.plugin === null && options.spiking === 'none'
    if (!dense && named.plugin === null)
      note(name, 'spiking', options.spiking === 'branch,trunk' ? undefined : options.spiking)
    if (dense)
      for (const setting of ['time', 'neuron', 'surrogate'] as const) note('--spiking none', setting, options[setting])
    return { ...nothing, hidden: options.hidden ?? sizes.hidden ?? genericSizes.hidden, spiking: dense ? 'none' : null }
  },
}

/** The terms of each loss. */
export const losses: Readonly<Record<string, { readonly data: boolean; readonly physics: boolean }>> = {
  data: { data: true, physics: false },
  relative: { data: true, physics: false },
  physics: { data: false, physics: true },
  hybrid: { data: true, physics: true },
}

const ofCoordinates = ['hidden', 'spiking', 'loss', 'derivative', 'derivativeStep', 'collocation', 'hard'] as const

/** The settings of a network of coordinates, which may learn from an equation. */
function coordinatePart(
  usualLoss: 'physics' | 'relative' | 'data',
  ...[name, entry, sizes, options, note]: Parameters<KindSettings['part']>
): NetworkPart {
  const spiking = options.spiking ?? sizes.spiking ?? (entry.block === 'modified' ? 'none' : 'branch,trunk')
  const loss = options.loss ?? sizes.loss ?? usualLoss
  const ofData = losses[loss]?.physics === false
  const smooth = spiking === 'branch' || spiking === 'none'
  const residual = {
    derivative: canonical('derivative', options.derivative ?? sizes.derivative ?? (smooth ? 'exact' : 'stencil')),
    derivativeStep: options.derivativeStep ?? null,
    collocation:
      options.collocation ?? sizes.collocation ?? (entry.separable ? genericSizes.lines : genericSizes.collocation),
  }
  if (ofData)
    for (const setting of ['derivative', 'derivativeStep', 'collocation', 'refine'] as const)
      note(`--loss ${loss}`, setting, options[setting] === 'none' ? undefined : options[setting])
  if (spiking === 'none') note('--spiking none', 'code', options.declared?.['code'])
  const none = withoutSpikingBlock(name, entry, spiking, options.declared?.['code'])
  if (none !== null) for (const setting of deepLayerSettings) note(none, setting, options.declared?.[setting])
  return {
    ...nothing,
    spiking,
    loss,
    ...(ofData ? {} : residual),
    rank: entry.hasOption('rank') ? (options.rank ?? sizes.rank ?? genericSizes.rank) : null,
    hard: options.hard ?? true,
  }
}

export const pinnSettings: KindSettings = {
  takes: ({ hasOption }) => [...ofCoordinates, ...(hasOption('rank') ? ['rank'] : []), 'refine'],
  part(name, entry, sizes, options, note) {
    const common = coordinatePart('physics', name, entry, sizes, options, note)
    const refine = common.collocation === null ? undefined : (options.refine ?? sizes.refine)
    return {
      ...common,
      refine: refine === undefined ? null : canonicalList('refinement', refine),
      hidden: options.hidden ?? sizes.hidden ?? genericSizes.hidden,
    }
  },
}

export const operatorSettings: KindSettings = {
  takes({ onGrid, hasOption }) {
    if (onGrid) return ['spiking', 'loss', 'amplitude']
    const declared = ['rank', 'trunk'].filter(hasOption)
    return [...ofCoordinates, 'branch', 'features', 'points', 'amplitude', ...declared]
  },
  part(name, entry, sizes, options, note) {
    const common = {
      ...coordinatePart(entry.onGrid ? 'relative' : 'data', name, entry, sizes, options, note),
      amplitude: options.amplitude ?? sizes.amplitude ?? 'none',
    }
    if (entry.onGrid) return common
    if (common.spiking === 'trunk' && !entry.hasOption('trunk'))
      throw usageError(
        'CLI_USAGE',
        `--spiking trunk: the trunk of ${name} is no network, so nothing would spike; give --spiking branch, or none`,
      )
    const { hidden } = options
    return {
      ...common,
      branch: options.branch ?? hidden ?? sizes.branch ?? genericSizes.branch,
      trunk: entry.hasOption('trunk') ? (options.trunk ?? hidden ?? sizes.trunk ?? genericSizes.trunk) : null,
      features: options.features ?? sizes.features ?? genericSizes.features,
      points: options.points ?? sizes.points ?? null,
    }
  },
}
