import { cast, mul, SpikewardError } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'

/**
 * Refuses option names that a factory does not know, which plain JavaScript would swallow silently.
 *
 * @throws UNKNOWN_OPTION naming the option and the known ones
 */
export function checkNames(factory: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    throw new SpikewardError(
      'UNKNOWN_OPTION',
      `${factory} has no option '${name}'; it would be ignored; use one of: ${known.join(', ')}`,
    )
  }
}

/**
 * A count of at least 1, given back unchanged.
 *
 * @throws INVALID_OPTION for anything but a positive integer
 */
export function checkCount(factory: string, name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new SpikewardError(
    'INVALID_OPTION',
    `${factory}: ${name} is ${value}; it counts things, so it must be an integer of at least 1`,
  )
}

/**
 * One of a few words, given back unchanged.
 *
 * @throws INVALID_OPTION naming the words
 */
export function checkChoice<T extends string>(factory: string, name: string, value: T, choices: readonly T[]): T {
  if (choices.includes(value)) return value
  throw new SpikewardError('INVALID_OPTION', `${factory}: ${name} is '${value}'; use one of: ${choices.join(', ')}`)
}

/**
 * A number in an interval, ends included, given back unchanged.
 *
 * @throws INVALID_OPTION for anything else, NaN included
 */
export function checkNumber(factory: string, name: string, value: number, low: number, high = Infinity): number {
  if (Number.isFinite(value) && value >= low && value <= high) return value
  throw new SpikewardError(
    'INVALID_OPTION',
    `${factory}: ${name} is ${value}; give a number ${high === Infinity ? `of at least ${low}` : `from ${low} to ${high}`}`,
  )
}

/** The size of a perturbation: a number, or a scalar tensor. */
export type Size = Tensor | number

/**
 * The size of a perturbation: a positive number, or a scalar tensor that is taken as it is.
 *
 * @throws INVALID_OPTION
 */
export function checkSize(factory: string, size: Size): Size {
  if (typeof size === 'number') {
    if (Number.isFinite(size) && size > 0) return size
    throw new SpikewardError(
      'INVALID_OPTION',
      `${factory}: size is ${size}; nothing is perturbed; give a number above 0`,
    )
  }
  if (size.ndim === 0) return size
  throw new SpikewardError(
    'INVALID_OPTION',
    `${factory}: size has shape [${size.shape.join(', ')}]; it is one number for all parameters; give a scalar`,
  )
}

/** `factor` times a size, as an operand for tensors of the type of `like`. */
export const sizeAs = (like: Tensor, size: Size, factor = 1): Size =>
  typeof size === 'number' ? size * factor : mul(cast(size, like.dtype), factor)
