import { shorten } from '../../usage/shorten.js'
import { pluginError } from '../pluginError.js'
import type { Reference } from '../reference.js'

/** A record whose entries are not known yet. */
export type Unchecked = Readonly<Record<string, unknown>>

/** A value in words, for messages. */
export function described(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number' || typeof value === 'bigint') return `the number ${value}`
  if (typeof value === 'string') return `"${shorten(value, 40)}"`
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'function' ? 'a function' : 'an object'
}

/**
 * Checks that a factory made a named record with these functions.
 *
 * @throws CLI_PLUGIN, which says what is missing
 */
export function checkRecord(plugin: Reference, made: unknown, functions: readonly string[]): Unchecked {
  if (typeof made !== 'object' || made === null) {
    throw pluginError(plugin, `the factory gives ${described(made)} and no ${plugin.what}`)
  }
  const record = made as Unchecked
  const missing = functions.filter((name) => typeof record[name] !== 'function')
  if (missing.length > 0) {
    throw pluginError(
      plugin,
      `the factory gives no ${plugin.what}: ${missing.join(', ')} ${missing.length === 1 ? 'is no function' : 'are no functions'} of its result`,
    )
  }
  if (typeof record['name'] !== 'string' || record['name'] === '') {
    throw pluginError(plugin, `its name is ${described(record['name'])}, and a text is needed`)
  }
  return record
}
