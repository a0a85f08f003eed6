import type { Backend } from '@spikeward/core'
import { checkRecord, described } from './checkRecord.js'
import { inspected, pluginError } from '../pluginError.js'
import type { Reference } from '../reference.js'

/**
 * A plug-in's backend. Its executables are not checked here: the contract tests of @spikeward/testkit check them.
 *
 * @throws CLI_PLUGIN
 */
export function guardBackend(plugin: Reference, made: unknown): Backend {
  const capabilities = inspected(plugin, 'the result of the factory', () => {
    return checkRecord(plugin, made, ['compile', 'allocate', 'stats'])['capabilities']
  })
  if (typeof capabilities !== 'object' || capabilities === null) {
    throw pluginError(plugin, `capabilities is ${described(capabilities)}, but a record is needed`)
  }
  return made as Backend
}
