import { SpikewardError } from '../errors.js'
import type { Declaration, Declared } from './defineFactory.js'
import type { Option, Options } from './option.js'
import { printValue } from './describeValue.js'
import { checkNames, checkValue } from './readOptions.js'
import type { Resolve, ValueType } from './valueType.js'

/** Finds nothing: for options that name no declared value. */
const nothing: Resolve = (kind, text) => {
  throw new SpikewardError(
    'INVALID_OPTION',
    `no ${kind} '${text}' can be resolved, because there is no catalogue of names; pass a resolver`,
  )
}

/** The value of JSON or text. Values that are not text stay as they are. */
function decode(type: ValueType<unknown>, input: unknown, resolve: Resolve): unknown {
  if (Array.isArray(input) && type.items !== undefined) {
    const { items } = type
    return input.map((entry: unknown) => decode(items, entry, resolve))
  }
  return typeof input === 'string' && type.parse !== null ? type.parse(input, resolve) : input
}

/**
 * The value of an option that is written as text or stored as JSON, checked. Texts are read: `"8"` is 8 for a number,
 * `"gaussian"` a distribution, found by `resolve`.
 *
 * @param factory its name, for messages
 * @throws INVALID_OPTION, or the option's own code; those of `resolve`
 * @example
 * decodeOption('rfg', 'directions', integer({ min: 1, default: 1, help: 'K' }), '8') // 8
 */
export function decodeOption<T>(
  factory: string,
  name: string,
  option: Option<T>,
  input: unknown,
  resolve: Resolve = nothing,
): T {
  const value = decode(option.type, input, resolve)
  return checkValue(factory, name, option, value === undefined ? input : value)
}

/**
 * Options and arguments that are stored as JSON, such as those of a run's configuration, checked by the declaration.
 *
 * @returns the values by name; what was left out stays out
 * @throws UNKNOWN_OPTION, INVALID_OPTION, and those of `resolve`
 */
export function decodeOptions(
  { name: factory, arguments: args, options }: Declaration,
  settings: unknown,
  resolve: Resolve = nothing,
): { readonly [name: string]: unknown } {
  const known: Options = { ...args, ...options }
  checkNames(factory, settings, Object.keys(known))
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, decodeOption(factory, name, known[name]!, value, resolve)]),
  )
}

/**
 * The values that a factory takes by name, as its arguments or options: a caller may offer more than one factory needs.
 *
 * @example
 * onlyDeclared(adam, { rate: 1e-3, momentum: 0.9 }) // { rate: 1e-3 }
 */
export function onlyDeclared<T>(
  { declaration: { arguments: args, options } }: Declared<object>,
  values: { readonly [name: string]: T },
): { readonly [name: string]: T } {
  return Object.fromEntries(
    Object.entries(values).filter(([name]) => Object.hasOwn(args, name) || Object.hasOwn(options, name)),
  )
}

/**
 * Calls a factory with arguments and options by name: the arguments in their order, the rest as its options.
 *
 * @throws those of the factory; INVALID_OPTION for options of a declared value that is not a function
 * @example
 * construct(adam, { rate: 1e-3, b1: 0.8 }) // adam(1e-3, { b1: 0.8 })
 */
export function construct(factory: Declared<object>, values: { readonly [name: string]: unknown }): unknown {
  const { name, arguments: args, options, variadic } = factory.declaration
  if (typeof factory !== 'function') {
    if (Object.keys(values).length === 0 && Object.keys(options).length === 0) return factory
    throw new SpikewardError(
      'INVALID_OPTION',
      `${name} takes no options, and was given ${Object.keys(values).join(', ')}; leave them out`,
    )
  }
  const positional = Object.keys(args).map((arg) => values[arg])
  const others = Object.entries(values).filter(([option]) => !Object.hasOwn(args, option))
  const missing = Object.keys(args).find((arg, i) => positional[i] === undefined && args[arg]!.presence === 'required')
  if (missing !== undefined) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `${name} needs ${missing}: ${args[missing]!.type.expects} (${args[missing]!.help}); it was given ${printValue(Object.keys(values))}; add it`,
    )
  }
  const call = factory as (...all: readonly unknown[]) => unknown
  return variadic ? call(...positional.flat()) : call(...positional, Object.fromEntries(others))
}
