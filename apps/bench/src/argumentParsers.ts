import { type Declared, decodeOption, parseNumber } from '@spikeward/core'
import { splitAtCommas } from '@spikeward/experiment'
import { InvalidArgumentError } from 'commander'

/** The help and the parser of an option that a factory declares. */
export function declared(
  { declaration }: Declared<object>,
  name: string,
): readonly [help: string, parse: (text: string) => unknown] {
  const option = declaration.options[name]
  if (option === undefined) throw new Error(`${declaration.name} declares no option ${name}`)
  const parse = (text: string): unknown => {
    try {
      return decodeOption(declaration.name, name, option, text)
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
    }
  }
  return [option.help, parse]
}

function whole(text: string, least: number): number {
  const value = parseNumber(text)
  if (value === undefined || !Number.isSafeInteger(value) || value < least)
    throw new InvalidArgumentError(`"${text}" is not a whole number of at least ${least}.`)
  return value
}

export const count = (text: string): number => whole(text, 1)

export const counts = (text: string): readonly number[] => text.split(',').map((part) => count(part))

/** Keys separated by commas: whole numbers from 0 on. */
export const keys = (text: string): readonly number[] => text.split(',').map((part) => whole(part, 0))

export function positive(text: string): number {
  const value = parseNumber(text) ?? Number.NaN
  if (!(value > 0) || value === Infinity) throw new InvalidArgumentError(`"${text}" is not a number above 0.`)
  return value
}

/** A share such as 5% or 0.05, above 0. */
export const share = (text: string): number => (text.endsWith('%') ? positive(text.slice(0, -1)) / 100 : positive(text))

/** Two or more positive widths separated by commas: inputs, hidden layers, outputs. */
export function widths(text: string): readonly number[] {
  const all = text.split(',').map((part) => count(part))
  if (all.length < 3) throw new InvalidArgumentError(`"${text}" has no hidden layer; write inputs,hidden,…,outputs.`)
  return all
}

/**
 * Names separated by commas outside of parentheses, such as `rfg,controlVariate(rfg,feedback)`; they are not checked.
 */
export const names = (text: string): readonly string[] => splitAtCommas(text).filter((name) => name !== '')

export function oneOf<const T extends string>(...names: readonly T[]): (text: string) => T {
  return (text) => {
    const match = names.find((name) => name === text)
    if (match === undefined) throw new InvalidArgumentError(`"${text}" is not one of ${names.join(', ')}.`)
    return match
  }
}

/** Names separated by commas, each one of the known names; `none` for none. */
export function someOf<const T extends string>(...names: readonly T[]): (text: string) => readonly T[] {
  const one = oneOf(...names)
  return (text) => (text === 'none' ? [] : text.split(',').map(one))
}
