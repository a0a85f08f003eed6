import { type Filled, SpikewardError, integers, opaqueType } from '@spikeward/core'
import { has, layerRange } from '../shared/networkOptions.js'
import type { Block, BlockPlace } from './block.js'
import { type FirstSpikeBlockOptions, firstSpikeBlock } from './firstSpikeBlock.js'
import { type ModifiedBlockOptions, modifiedBlock } from './modifiedBlock.js'
import { type SmoothBlockOptions, smoothBlock } from './smoothBlock.js'
import { type SpikingBlockOptions, spikingBlock } from './spikingBlock.js'
import type { deepLayersOptions } from '../spikingMlp/spikingMlpOptions.js'

/** Options of a branch or a trunk. */
export type BlockOptions = SpikingBlockOptions | SmoothBlockOptions | ModifiedBlockOptions | FirstSpikeBlockOptions

const kinds: readonly unknown[] = [
  'spiking',
  'smooth',
  'modified',
  'firstSpike',
] satisfies readonly BlockOptions['kind'][]

/** Recognises block options by their kind. {@link makeBlock} checks the other options. */
const isBlockOptions = (x: unknown): x is BlockOptions => has(x, 'kind', 'hidden') && kinds.includes(x['kind'])

/** The size of a block: the units of its hidden layers. */
const widthsType = /* @__PURE__ */ (() =>
  integers({ ...layerRange, required: true, help: 'units of each hidden layer' }).type)()

/** Type of an option that holds a block. */
export const blockType = /* @__PURE__ */ opaqueType(
  "options of a block, { kind: 'spiking' | 'smooth' | 'modified' | 'firstSpike', hidden, … }",
  isBlockOptions,
  widthsType,
)

/** The options of several spiking layers that are given. */
export const deepLayersOf = ({ residual, standardiseWeights, hiddenGain }: Filled<typeof deepLayersOptions>) => ({
  residual,
  standardiseWeights,
  ...(hiddenGain === undefined ? {} : { hiddenGain }),
})

/**
 * A block of a network that declares `deepLayersOptions`: they hold for a spiking block that does not set them itself.
 */
export const withDeepLayers = (block: BlockOptions, layers: Filled<typeof deepLayersOptions>): BlockOptions =>
  block.kind === 'spiking' ? { ...deepLayersOf(layers), ...block } : block

/**
 * Refuses options of several spiking layers that no block of a network would use.
 *
 * @throws INVALID_OPTION
 */
export function checkDeepLayers(
  name: string,
  layers: Filled<typeof deepLayersOptions>,
  blocks: readonly BlockOptions[],
): void {
  const [choice] = Object.entries(deepLayersOf(layers)).find(([, value]) => value !== false) ?? []
  if (choice === undefined || blocks.some(({ kind }) => kind === 'spiking')) return
  throw new SpikewardError(
    'INVALID_OPTION',
    `${name}: ${choice} is an option of spiking blocks, and this network has none; leave it out, or take a block of kind 'spiking'`,
  )
}

/**
 * Makes the block that `kind` names.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 */
export function makeBlock(options: BlockOptions, place: BlockPlace): Block {
  switch (options.kind) {
    case 'spiking':
      return spikingBlock(options, place)
    case 'smooth':
      return smoothBlock(options, place)
    case 'modified':
      return modifiedBlock(options, place)
    case 'firstSpike':
      return firstSpikeBlock(options, place)
  }
}
