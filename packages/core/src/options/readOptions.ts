import { SpikewardError } from '../errors.js'
import type { Filled, Option, Options } from './option.js'
import { LONGEST_TEXT, describeValue, printValue } from './describeValue.js'

/** The remedy for a refused value, depending on how an omitted option gets its value. */
const remedy = ({ presence, default: fallback }: Option): string => {
  if (presence === 'required') return 'give such a value'
  return presence === 'computed'
    ? 'give such a value, or leave the option out'
    : `give such a value, or leave the option out for ${printValue(fallback)}`
}

/**
 * Checks one value of an option and returns it.
 *
 * @param factory for messages
 * @throws INVALID_OPTION, or the option's own code
 */
export function checkValue<T>(factory: string, name: string, option: Option<T>, value: unknown): T {
  if (option.type.accepts(value)) return value
  const isNumeral = typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value))
  const uncalled = typeof value === 'function' && option.type.name === 'declared'
  const isLong = typeof value === 'string' && value.length > LONGEST_TEXT
  const isObject = typeof value === 'object' && value !== null
  const text = isNumeral || uncalled || isLong || isObject ? describeValue(value) : printValue(value)
  throw new SpikewardError(
    option.code,
    `${factory}: ${name} is ${text}; it must be ${option.type.expects}; ${remedy(option)}`,
  )
}

/**
 * Refuses names that a factory does not know, which plain JavaScript would swallow silently.
 *
 * @throws UNKNOWN_OPTION, which names the option and the existing ones; INVALID_OPTION if `given` is not an object
 */
export function checkNames(factory: string, settings: unknown, known: readonly string[]): asserts settings is object {
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `${factory}: its options are ${describeValue(settings)}; they must be an object; write them as { name: value }`,
    )
  }
  for (const name of Object.keys(settings)) {
    if (known.includes(name)) continue
    throw new SpikewardError(
      'UNKNOWN_OPTION',
      `${factory} has no option '${name}'; it would be ignored; ${known.length === 0 ? 'it takes none' : `use one of: ${known.join(', ')}`}`,
    )
  }
}

/**
 * Checks the options that a factory was called with, and fills in the defaults. An option that is undefined counts as
 * left out.
 *
 * @param factory its name, for messages
 * @throws UNKNOWN_OPTION for a name that the factory does not know; INVALID_OPTION (or the option's own code) for a
 *   value of the wrong type or outside its range, and for a required option that is missing
 * @example
 * const options = { directions: integer({ min: 1, default: 1, help: 'directions per step (K)' }) }
 * readOptions('rfg', options, {}) // { directions: 1 }
 */
export function readOptions<O extends Options>(factory: string, options: O, settings: object): Filled<O> {
  checkNames(factory, settings, Object.keys(options))
  return fill(factory, options, settings)
}

/** {@link readOptions} without the check of names. */
export function fill<O extends Options>(factory: string, options: O, settings: object): Filled<O> {
  const values = settings as { readonly [name: string]: unknown }
  const filled = Object.entries(options).map(([name, option]): readonly [string, unknown] => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value !== undefined) return [name, checkValue(factory, name, option, value)]
    if (option.presence !== 'required') return [name, option.default]
    throw new SpikewardError(
      option.code,
      `${factory}: ${name} is missing and has no default (${option.help}); give ${option.type.expects}`,
    )
  })
  // Each value was checked by the option of its name.
  return Object.fromEntries(filled) as Filled<O>
}
