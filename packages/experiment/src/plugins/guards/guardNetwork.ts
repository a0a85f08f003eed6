import { checkRecord } from './checkRecord.js'
import { checkTree } from './checkTree.js'
import { callPlugin, inspected } from '../pluginError.js'
import type { Reference } from '../reference.js'

/**
 * A plug-in's network. The command checks its variables; its other functions run once, where a step is traced.
 *
 * @param functions that it must have
 * @throws CLI_PLUGIN
 */
export function guardNetwork(plugin: Reference, made: unknown, functions: readonly string[]): unknown {
  const record = inspected(plugin, 'the result of the factory', () => checkRecord(plugin, made, functions))
  const fields = inspected(plugin, 'the result of the factory', () => ({ ...record }))
  const guarded = (name: string): ((...args: readonly unknown[]) => unknown) => {
    type Method = (...args: readonly unknown[]) => unknown
    return (...args) => callPlugin(plugin, name, () => (record[name] as Method).apply(made, [...args]))
  }
  return {
    ...fields,
    ...Object.fromEntries(functions.map((name) => [name, guarded(name)])),
    init(key: unknown) {
      const variables = guarded('init')(key)
      checkTree(plugin, 'what init gives', variables)
      return variables
    },
  }
}
