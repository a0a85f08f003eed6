import type { Option, ValueType } from '@spikeward/core'
import { usageError } from '../usage/usageError.js'
import type { Expression } from './expression.js'
import type { Factory } from './factories.js'

const typesOf = (option: Option): readonly ValueType<unknown>[] => [option.type, ...(option.type.alternatives ?? [])]
const isEstimator = (option: Option): boolean => typesOf(option).some(({ kind }) => kind === 'estimator')
const isNumber = (option: Option): boolean =>
  typesOf(option).some(({ name }) => name === 'number' || name === 'integer')

/** The estimators in the parentheses of an estimator. */
export const innerOf = (e: Expression): Expression[] => e.args.filter((a): a is Expression => typeof a !== 'number')
const numbersOf = (e: Expression): number[] => e.args.filter((a) => typeof a === 'number')

/** How a factory is written: `average(estimator, count)`. */
function usageOf({ declaration: { name, arguments: args, options } }: Factory): string {
  const [estimators, numbers] = [
    Object.entries(args).filter(([, o]) => isEstimator(o)),
    Object.entries(args).filter(([, o]) => isNumber(o)),
  ]
  const guesses = Object.entries(options).filter(([, o]) => isEstimator(o))
  const parts = [...estimators.map(() => 'rfg'), ...numbers.map(([n]) => n), ...guesses.map(([n]) => `${n}=bp`)]
  return parts.length === 0 ? `${name}(option=value)` : `${name}(${parts.join(', ')})`
}

/**
 * The estimators and numbers in the parentheses by the arguments and options that they stand for: each estimator for the
 * next argument, then option, that takes one; each number for the next argument that takes one.
 *
 * @throws CLI_USAGE where there are too many, or too few
 */
export function slotsOf(
  factory: Factory,
  e: Expression,
): { readonly estimators: Readonly<Record<string, Expression>>; readonly numbers: Readonly<Record<string, number>> } {
  const { arguments: args, options } = factory.declaration
  const given = Object.keys(e.options)
  const takers = Object.entries({ ...args, ...options }).filter(([n, o]) => isEstimator(o) && !given.includes(n))
  const counts = Object.entries(args).filter(([, o]) => isNumber(o) && !isEstimator(o))
  const [inner, numbers] = [innerOf(e), numbersOf(e)]
  const lacking =
    takers.filter(([, o]) => o.presence === 'required').length > inner.length ||
    counts.filter(([, o]) => o.presence === 'required').length > numbers.length
  if (lacking || inner.length > takers.length || numbers.length > counts.length) {
    throw usageError(
      'CLI_USAGE',
      inner.length === 0 && takers.length > 0 && lacking
        ? `${e.name} wraps another estimator; write it like ${usageOf(factory)}`
        : `${e.name} has something else in its parentheses than it takes; write it like ${usageOf(factory)}`,
    )
  }
  return {
    estimators: Object.fromEntries(inner.map((one, i) => [takers[i]?.[0] ?? '', one])),
    numbers: Object.fromEntries(numbers.map((n, i) => [counts[i]?.[0] ?? '', n])),
  }
}
