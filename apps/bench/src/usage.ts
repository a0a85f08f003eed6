import { InvalidArgumentError } from 'commander'

/** A count of at least 1. */
export function count(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError(`"${text}" is no whole number of at least 1.`)
  return value
}

/** Two or more positive widths with commas: inputs, hidden layers, outputs. */
export function widths(text: string): readonly number[] {
  const all = text.split(',').map(count)
  if (all.length < 3) throw new InvalidArgumentError(`"${text}" has no hidden layer; write inputs,hidden,…,outputs.`)
  return all
}

/** One of the names. */
export function oneOf<const T extends string>(...names: readonly T[]): (text: string) => T {
  return (text) => {
    const found = names.find((name) => name === text)
    if (found === undefined) throw new InvalidArgumentError(`"${text}" is none of ${names.join(', ')}.`)
    return found
  }
}

/** Names with commas, each of the known ones; `none` for none. */
export function someOf<const T extends string>(...names: readonly T[]): (text: string) => readonly T[] {
  const one = oneOf(...names)
  return (text) => (text === 'none' ? [] : text.split(',').map(one))
}
