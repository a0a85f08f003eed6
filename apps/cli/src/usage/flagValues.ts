/** Parsers of option values: each refuses invalid values before anything is built or written. */
import { parseNumber } from '@spikeward/core'
import { InvalidArgumentError } from 'commander'

/** A finite number. */
function finite(text: string): number {
  const value = parseNumber(text) ?? Number.NaN
  if (!Number.isFinite(value)) throw new InvalidArgumentError(`"${text}" is not a finite number.`)
  return value
}

/** An integer ≥ `least` that a double represents exactly and that is at most `most`. */
function integer(text: string, least: number, most: number, what: string): number {
  const value = finite(text)
  if (!Number.isInteger(value)) throw new InvalidArgumentError(`"${text}" is not a whole number.`)
  if (value < least) throw new InvalidArgumentError(`${what} must be at least ${least}, not ${text}.`)
  if (value > most) throw new InvalidArgumentError(`${what} must be at most ${most}, not ${text}.`)
  return value
}

/** A count: 1, 2, … up to `most`. */
export function count(what: string, most = 1_000_000_000): (text: string) => number {
  return (text) => integer(text, 1, most, what)
}

/** A key: an unsigned 32-bit integer. */
export function keyNumber(text: string): number {
  return integer(text, 0, 0xffff_ffff, 'the key')
}

/** A finite number > 0. */
export function positive(what: string, most = Number.MAX_VALUE): (text: string) => number {
  return (text) => {
    const value = finite(text)
    if (value <= 0) throw new InvalidArgumentError(`${what} must be greater than 0, not ${text}.`)
    if (value > most) throw new InvalidArgumentError(`${what} must be at most ${most}, not ${text}.`)
    return value
  }
}

/** A number from 0 to 1. */
export function fraction(what: string): (text: string) => number {
  return (text) => {
    const value = finite(text)
    if (value < 0 || value > 1) throw new InvalidArgumentError(`${what} must be from 0 to 1, not ${text}.`)
    return value
  }
}

/** A given count of numbers separated by commas. */
export function numbers(
  many: number,
  what: string,
  each: (text: string) => number = finite,
): (text: string) => readonly number[] {
  return (text) => {
    const parts = text.split(',')
    if (parts.length !== many)
      throw new InvalidArgumentError(`${what} must be ${many} numbers separated by commas, not "${text}".`)
    return parts.map((part) => each(part.trim()))
  }
}

/** A count, or 0 for none. */
export function countOrNone(what: string): (text: string) => number {
  return (text) => integer(text, 0, 1_000_000_000, what)
}
