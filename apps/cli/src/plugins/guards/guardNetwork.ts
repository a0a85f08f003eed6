import { checkRecord } from './checkRecord.js'
import { checkTree } from './checkTree.js'
import { callPlugin } from '../pluginError.js'
import type { Reference } from '../reference.js'

/**
 * A plug-in's network. What its variables are is checked; its other functions run where a step is traced, once.
 *
 * @param functions that it must have
 * @throws CLI_PLUGIN
 */
export function guardNetwork(plugin: Reference, made: unknown, functions: readonly string[]): unknown {
  const record = checkRecord(plugin, made, functions)
  const guarded = (name: string): ((...args: readonly unknown[]) => unknown) => {
    const inner = record[name] as (...args: readonly unknown[]) => unknown
    return (...args) => callPlugin(plugin, name, () => inner.apply(made, [...args]))
  }
  return {
    ...record,
    ...Object.fromEntries(functions.map((name) => [name, guarded(name)])),
    init(key: unknown) {
      const variables = guarded('init')(key)
      checkTree(plugin, 'what init gives', variables)
      return variables
    },
  }
}
