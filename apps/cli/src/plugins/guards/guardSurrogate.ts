import type { Surrogate } from '@spikeward/core'
import { checkRecord, described } from './checkRecord.js'
import { checkShape } from './checkTree.js'
import { callPlugin, pluginError } from '../pluginError.js'
import type { Reference } from '../reference.js'

/**
 * A plug-in's surrogate, whose calls are checked against the contract.
 *
 * @throws CLI_PLUGIN
 */
export function guardSurrogate(plugin: Reference, made: unknown): Surrogate {
  const { smoothness, support } = checkRecord(plugin, made, ['slope'])
  if (typeof smoothness !== 'number' || Number.isNaN(smoothness)) {
    throw pluginError(plugin, `smoothness is ${described(smoothness)}, and a number is needed`)
  }
  if (support !== 'compact' && support !== 'full') {
    throw pluginError(plugin, `support is ${described(support)}, and compact or full is needed`)
  }
  const inner = made as Surrogate
  return {
    ...inner,
    slope(u) {
      const found = callPlugin(plugin, 'slope', () => inner.slope(u))
      checkShape(plugin, 'the result of slope', found, u.shape)
      return found
    },
  }
}
