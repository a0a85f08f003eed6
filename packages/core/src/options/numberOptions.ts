import { type Option, type PresenceOf, type Spec, option } from './option.js'
import type { Range, ValueType } from './valueType.js'

const within = (x: number, { min = -Infinity, max = Infinity, above = false, below = false }: Range): boolean =>
  (above ? x > min : x >= min) && (below ? x < max : x <= max)

function rangeInWords({ min, max, above = false, below = false }: Range): string {
  if (min === undefined && max === undefined) return ''
  if (min !== undefined && max !== undefined && !above && !below) return ` from ${min} to ${max}`
  const low = min === undefined ? '' : above ? ` above ${min}` : ` of at least ${min}`
  const high = max === undefined ? '' : below ? ` below ${max}` : ` of at most ${max}`
  return low === '' || high === '' ? low + high : `${low} and${high}`
}

const digits = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/**
 * The number that a text writes in decimal; undefined for any other text, such as an empty one or `0x10`.
 *
 * @example
 * parseNumber('1e-3') // 0.001
 */
export const parseNumber = (text: string): number | undefined => (digits.test(text.trim()) ? Number(text) : undefined)

const rangeOf = ({ min, max, above, below }: Range): { readonly range?: Range } =>
  min === undefined && max === undefined
    ? {}
    : {
        range: {
          ...(min === undefined ? {} : { min }),
          ...(max === undefined ? {} : { max }),
          ...(above === undefined ? {} : { above }),
          ...(below === undefined ? {} : { below }),
        },
      }

const numberType = (range: Range): ValueType<number> => ({
  name: 'number',
  expects: `a finite number${rangeInWords(range)}`,
  accepts: (x): x is number => typeof x === 'number' && Number.isFinite(x) && within(x, range),
  parse: parseNumber,
  ...rangeOf(range),
})

const integerType = (range: Range): ValueType<number> => ({
  name: 'integer',
  expects: `a whole number${rangeInWords(range)}`,
  accepts: (x): x is number => Number.isSafeInteger(x) && within(x as number, range),
  parse: parseNumber,
  ...rangeOf(range),
})

/**
 * A finite number within a range.
 *
 * @example
 * const decay = number({ min: 0, max: 1, below: true, default: 0.9, help: 'decay of the mean (β)' })
 */
/* @__NO_SIDE_EFFECTS__ */
export function number<const S extends Spec<number> & Range>(spec: S): Option<number, PresenceOf<S>> {
  return option(numberType(spec), spec)
}

/**
 * A whole number within a range.
 *
 * @example
 * const directions = integer({ min: 1, default: 1, help: 'directions per step (K)' })
 */
/* @__NO_SIDE_EFFECTS__ */
export function integer<const S extends Spec<number> & Range>(spec: S): Option<number, PresenceOf<S>> {
  return option(integerType(spec), spec)
}

/** The allowed number of entries of a list. */
type Length = { readonly minLength?: number; readonly maxLength?: number }

/** How many entries a list has, before what they are: `2 `, `1 to 8 `, `one or more `. */
function quantity({ minLength = 0, maxLength = Infinity }: Length): string {
  if (minLength === maxLength) return `${minLength} `
  if (maxLength < Infinity) return minLength > 0 ? `${minLength} to ${maxLength} ` : `at most ${maxLength} `
  return minLength === 0 ? '' : minLength === 1 ? 'one or more ' : `at least ${minLength} `
}

/** A list of values of one type, written `[1, 2]` or `1,2`. */
export function listType<T>(items: ValueType<T>, what: string, length: Length): ValueType<readonly T[]> {
  const { minLength = 0, maxLength = Infinity } = length
  const { parse } = items
  return {
    name: 'list',
    expects: `a list of ${quantity(length)}${what}`,
    accepts: (x): x is readonly T[] =>
      Array.isArray(x) && x.length >= minLength && x.length <= maxLength && x.every((e) => items.accepts(e)),
    parse:
      parse === null
        ? null
        : (text, resolve) => {
            const inside = /^\s*\[?(.*?)\]?\s*$/s.exec(text)?.[1]?.trim() ?? ''
            return inside === '' ? [] : inside.split(',').map((entry) => parse(entry.trim(), resolve))
          },
    items,
  }
}

/**
 * A list of whole numbers; the range is that of each.
 *
 * @example
 * const layers = integers({ min: 1, minLength: 1, default: [32, 32], help: 'neurons of each hidden layer' })
 */
/* @__NO_SIDE_EFFECTS__ */
export function integers<const S extends Spec<readonly number[]> & Range & Length>(
  spec: S,
): Option<readonly number[], PresenceOf<S>> {
  return option(listType(integerType(spec), `whole numbers${rangeInWords(spec)}`, spec), spec)
}

/**
 * A list of finite numbers; the range is that of each.
 *
 * @example
 * const domain = numbers({ minLength: 2, maxLength: 2, default: [0, 1], help: 'both ends of the axis' })
 */
/* @__NO_SIDE_EFFECTS__ */
export function numbers<const S extends Spec<readonly number[]> & Range & Length>(
  spec: S,
): Option<readonly number[], PresenceOf<S>> {
  return option(listType(numberType(spec), `finite numbers${rangeInWords(spec)}`, spec), spec)
}

/** Two numbers, written `1000:0.003`. */
const pairType: ValueType<readonly [number, number]> = {
  name: 'pair',
  expects: 'a pair of numbers',
  accepts: (x): x is readonly [number, number] =>
    Array.isArray(x) && x.length === 2 && x.every((entry) => typeof entry === 'number'),
  parse: (text) => text.split(':').map(parseNumber),
}

/**
 * A list of pairs of numbers, written `[1000:0.003, 5000:0.001]`.
 *
 * @example
 * const jumps = pairs({ required: true, help: 'steps and the rates that begin there' })
 */
/* @__NO_SIDE_EFFECTS__ */
export function pairs<const S extends Spec<readonly (readonly [number, number])[]> & Length>(
  spec: S,
): Option<readonly (readonly [number, number])[], PresenceOf<S>> {
  return option(listType(pairType, 'pairs of numbers', spec), spec)
}
