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
 * @throws CLI_PLUGIN, which names what is missing
 */
export function checkRecord(plugin: Reference, made: unknown, functions: readonly string[]): Unchecked {
  if (typeof made !== 'object' || made === null) {
    throw pluginError(plugin, `the factory returns ${described(made)} instead of the ${plugin.what}`)
  }
  const record = made as Unchecked
  const missing = functions.filter((name) => typeof record[name] !== 'function')
  if (missing.length > 0) {
    throw pluginError(
      plugin,
      `the factory returns no ${plugin.what}: its result lacks the function${missing.length === 1 ? '' : 's'} ${missing.join(', ')}`,
    )
  }
  if (typeof record['name'] !== 'string' || record['name'] === '') {
    throw pluginError(plugin, `its name is ${described(record['name'])}, but a string is needed`)
  }
  return record
}
