import { SpikewardError } from '@spikeward/core'

/** Where a numeric option may lie. Bounds are inclusive unless `above` is set. */
export interface Range {
  readonly min?: number
  readonly max?: number
  /** True where `min` itself is not allowed. */
  readonly above?: boolean
  readonly integer?: boolean
}

function describeRange({ min = -Infinity, max = Infinity, above = false, integer = false }: Range): string {
  const low = min === -Infinity ? '' : ` ${above ? 'above' : 'of at least'} ${min}`
  const high = max === Infinity ? '' : `${low === '' ? '' : ' and'} of at most ${max}`
  return `${integer ? 'a whole number' : 'a finite number'}${low}${high}`
}

/**
 * Gives `value` back where it lies in `range`; throws INVALID_OPTION, naming the factory, the option and what it may
 * be, where it does not.
 */
export function checkNumber(factory: string, option: string, value: number, range: Range = {}): number {
  const { min = -Infinity, max = Infinity, above = false, integer = false } = range
  const fits =
    typeof value === 'number' &&
    Number.isFinite(value) &&
    (above ? value > min : value >= min) &&
    value <= max &&
    (!integer || Number.isInteger(value))
  if (!fits) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `${factory}: ${option} is ${String(value)}; it must be ${describeRange(range)}; pass such a number or leave it out`,
    )
  }
  return value
}

/** Throws INVALID_OPTION where `options` holds a name that the factory does not know; lists those that it knows. */
export function checkNames(factory: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new SpikewardError(
        'INVALID_OPTION',
        `${factory}: there is no option ${name}; it would change nothing; the options are ${known.join(', ')}`,
      )
    }
  }
}
