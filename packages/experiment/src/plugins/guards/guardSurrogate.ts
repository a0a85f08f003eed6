import type { Surrogate } from '@spikeward/core'
import { checkRecord, described } from './checkRecord.js'
import { checkShape } from './checkTree.js'
import { callPlugin, inspected, pluginError } from '../pluginError.js'
import type { Reference } from '../reference.js'

/**
 * A plug-in's surrogate, whose calls are checked against the contract.
 *
 * @throws CLI_PLUGIN
 */
export function guardSurrogate(plugin: Reference, made: unknown): Surrogate {
  const inner = made as Surrogate
  const fields = inspected(plugin, 'the result of the factory', () => {
    checkRecord(plugin, made, ['slope'])
    return { ...inner }
  })
  const { smoothness, support }: Readonly<Record<string, unknown>> = fields
  if (typeof smoothness !== 'number' || Number.isNaN(smoothness)) {
    throw pluginError(plugin, `smoothness is ${described(smoothness)}, but a number is needed`)
  }
  if (support !== 'compact' && support !== 'full') {
    throw pluginError(plugin, `support is ${described(support)}, and compact or full is needed`)
  }
  return {
    ...fields,
    slope(u) {
      const found = callPlugin(plugin, 'slope', () => inner.slope(u))
      inspected(plugin, 'the result of slope', () => checkShape(plugin, 'the result of slope', found, u.shape))
      return found
    },
  }
}
