import { type Option, describeOption } from '@spikeward/core'

/** An option that a flag sets, and the name of the factory that declares it. */
export type Declaring = { readonly option: Option; readonly of: string }

/** The most names that are listed; beyond that, their number is given. */
const MAX_LISTED = 4

const namesIn = (names: readonly string[]): string =>
  names.length > MAX_LISTED
    ? `${names.slice(0, MAX_LISTED).join(', ')} and ${names.length - MAX_LISTED} more`
    : names.join(', ')

/** Values grouped by a key, in the order in which each key came first. */
function grouped<T>(all: readonly T[], keyOf: (one: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>()
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one])
  return [...groups.values()]
}

const defaultOf = ({ option }: Declaring): string => {
  const { presence, default: value } = describeOption('', option)
  return presence === 'required' ? 'required' : `${value ?? ''} by default`
}

/** One meaning of a flag, with its defaults: `what: values; 1 by default (rfg), 0.5 by default (spsa)`. */
function meaning(all: readonly Declaring[]): string {
  const { help, expects } = describeOption('', all[0]!.option)
  const defaults = grouped(all, defaultOf).map((same) => `${defaultOf(same[0]!)} (${namesIn(same.map((d) => d.of))})`)
  return `${help}: ${expects}; ${defaults.join(', ')}`
}

/**
 * The help of a flag for the factories that declare it. If they differ in meaning, values or default, each is stated.
 */
export function flagHelp(all: readonly Declaring[], tuned: boolean): string {
  const meanings = grouped(all, ({ option }) => `${option.help}: ${option.type.expects}`).map(meaning)
  return `${meanings.join('; or ')}${tuned ? '; the value tuned for the problem comes before the default' : ''}`
}
