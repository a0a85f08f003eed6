import { SpikewardError } from '@spikeward/core'
import type { Block, BlockPlace } from './block.js'
import { modifiedBlock } from './modifiedBlock.js'
import type { ModifiedBlockOptions } from './modifiedBlock.js'
import { smoothBlock } from './smoothBlock.js'
import type { SmoothBlockOptions } from './smoothBlock.js'
import { spikingBlock } from './spikingBlock.js'
import type { SpikingBlockOptions } from './spikingBlock.js'

/** What a branch or a trunk is made of. */
export type BlockOptions = SpikingBlockOptions | SmoothBlockOptions | ModifiedBlockOptions

/** A branch or trunk of the kind that the record names, in the place that the network around it gives it. */
export function makeBlock(options: BlockOptions, place: BlockPlace): Block {
  const bad = options.hidden.find((n) => !Number.isSafeInteger(n) || n < 1)
  if (bad !== undefined || options.hidden.length === 0) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `${options.kind} block: hidden = [${options.hidden.join(', ')}]; give at least one width, each a whole number of at least 1`,
    )
  }
  switch (options.kind) {
    case 'spiking':
      return spikingBlock(options, place)
    case 'smooth':
      return smoothBlock(options, place)
    case 'modified':
      return modifiedBlock(options, place)
  }
}
