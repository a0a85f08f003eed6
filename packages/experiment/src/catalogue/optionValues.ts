import { type Option, type Options, type Resolve, decodeOption } from '@spikeward/core'
import { nearest, pick, shorten, usageError } from '../usage/usageError.js'
import type { Factory } from './factories.js'
import { isSupplied } from './kinds/networkSizes.js'

/** A value of a declared option as stored in config.json: a number, a boolean, a string, or a list of these. */
export type OptionValue = number | boolean | string | readonly OptionValue[]

/** Values of declared options by the name of their flag. */
export type OptionValues = Readonly<Record<string, OptionValue>>

/** Options whose flag has another name, because the run uses the option's own name or the flag is older. */
const flags: Readonly<Record<string, string>> = { points: 'resolution', pairs: 'directions' }

/** The flag of an option, in camel case. */
export const flagOf = (option: string): string => flags[option] ?? option

/** An option whose default is the run's own: the value tuned for a problem, or given by a flag. */
export const withDefault = (option: Option, value: unknown): Option =>
  value === undefined ? option : { ...option, presence: 'value', default: value, computed: null }

/** Everything that a factory accepts by name: its arguments and its options. */
export const allOptions = ({ declaration }: Factory): Options => ({ ...declaration.arguments, ...declaration.options })

/** Options that a flag sets: all but those that a run gives. */
export const flagOptions = ({ declaration: { kind, options } }: Factory): readonly (readonly [string, Option])[] =>
  Object.entries(options).filter(([name]) => !isSupplied(kind, name))

export const takesFlag = (factory: Factory, flag: string): boolean =>
  flagOptions(factory).some(([option]) => flagOf(option) === flag)

export const appliedTo = (factory: Factory, values: OptionValues): OptionValues =>
  Object.fromEntries(
    flagOptions(factory).flatMap(([option]) => {
      const value = values[flagOf(option)]
      return value === undefined ? [] : [[option, value]]
    }),
  )

/** The choices of an option that accepts only fixed words; undefined if it accepts other values. */
function choicesOf({ type }: Option): readonly string[] | undefined {
  const [only, ...more] = (type.alternatives ?? [type]).filter(({ parse }) => parse !== null)
  return more.length === 0 ? only?.choices : undefined
}

export function decodeValue(factory: Factory, name: string, option: Option, value: unknown, resolve: Resolve): unknown {
  const choices = choicesOf(option)
  if (choices !== undefined && typeof value === 'string')
    return pick(name, value, Object.fromEntries(choices.map((choice) => [choice, choice])))
  return decodeOption(factory.declaration.name, name, option, value, resolve)
}

export function decodeValues(
  factory: Factory,
  values: Readonly<Record<string, unknown>>,
  resolve: Resolve,
  instead: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const known = allOptions(factory)
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const option = Object.hasOwn(known, name) ? known[name] : undefined
      if (option !== undefined)
        return [name, decodeValue(factory, name, withDefault(option, instead[name]), value, resolve)]
      const names = Object.keys(known)
      const guess = nearest(name, names)
      throw usageError(
        'UNKNOWN_OPTION',
        `${factory.declaration.name} has no option "${shorten(name, 30)}"${guess === null ? '.' : `; did you mean "${guess}"?`} ${names.length === 0 ? 'It takes none' : `It takes: ${names.join(', ')}`}`,
      )
    }),
  )
}
