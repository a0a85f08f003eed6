import type { Advice, Declaration, Facts } from './defineFactory.js'
import type { Option, Options, Presence } from './option.js'
import { printValue } from './describeValue.js'
import type { Kind, Range, ValueType } from './valueType.js'

/** An option as data: for controls, tables and other programs. Every entry is JSON. */
export type OptionDescription = {
  readonly name: string
  readonly type: ValueType<unknown>['name']
  readonly help: string
  /** The values in words. */
  readonly expects: string
  readonly presence: Presence
  /** The default as it is written, how it is computed, or null if the option is required. */
  readonly default: string | null
  /** Whether a value can be written as text. */
  readonly writable: boolean
  readonly choices?: readonly string[]
  readonly range?: Range
  readonly kind?: Kind
}

/** A declaration as data. Every entry is JSON. */
export type FactoryDescription = {
  readonly kind: Kind
  readonly name: string
  readonly aliases: readonly string[]
  readonly summary: string
  readonly arguments: readonly OptionDescription[]
  readonly options: readonly OptionDescription[]
  readonly facts: Facts
  readonly guide: readonly Advice[]
}

const defaultOf = ({ presence, default: value, computed }: Option): string | null =>
  presence === 'required' ? null : presence === 'computed' ? computed : printValue(value)

/** An option as data. */
export function describeOption(name: string, option: Option): OptionDescription {
  const { type, help, presence } = option
  const written = [type, ...(type.alternatives ?? []), ...(type.items === undefined ? [] : [type.items])]
  const choices = written.find((t) => t.choices !== undefined)?.choices
  const range = written.find((t) => t.range !== undefined)?.range
  const kind = written.find((t) => t.kind !== undefined)?.kind
  return {
    name,
    type: type.name,
    help,
    expects: type.expects,
    presence,
    default: defaultOf(option),
    writable: type.parse !== null,
    ...(choices === undefined ? {} : { choices }),
    ...(range === undefined ? {} : { range }),
    ...(kind === undefined ? {} : { kind }),
  }
}

const describeAll = (options: Options): OptionDescription[] =>
  Object.entries(options).map(([name, option]) => describeOption(name, option))

/**
 * A declaration as data, for controls of a page, tables and other programs.
 *
 * @example
 * describeFactory(rfg.declaration).options[1] // { name: 'directions', type: 'integer', default: '1', … }
 */
export const describeFactory = ({
  kind,
  name,
  aliases,
  summary,
  arguments: args,
  options,
  facts,
  guide,
}: Declaration): FactoryDescription => ({
  kind,
  name,
  aliases,
  summary,
  arguments: describeAll(args),
  options: describeAll(options),
  facts,
  guide,
})

/**
 * One line of help on an option: its meaning, its values and its default.
 *
 * @example
 * printOption(rfg.declaration.options.directions) // 'directions per step (K): a whole number of at least 1; 1 by default'
 */
export function printOption(option: Option): string {
  const { help, type, presence } = option
  const fallback = presence === 'required' ? 'required' : `${defaultOf(option) ?? ''} by default`
  return `${help}: ${type.expects}; ${fallback}`
}
