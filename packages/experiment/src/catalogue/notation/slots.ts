import type { Kind, Option, ValueType } from '@spikeward/core'
import { usageError } from '../../usage/usageError.js'
import type { Expression } from './expression.js'
import type { Factory } from '../factories.js'

export const typesOf = ({ type }: Option): readonly ValueType<unknown>[] => [
  type,
  ...(type.alternatives ?? []),
  ...(type.items === undefined ? [] : [type.items]),
]
const isNumber = (option: Option): boolean =>
  typesOf(option).some(({ name }) => name === 'number' || name === 'integer')

export const innerOf = (e: Expression): Expression[] => e.args.filter((a): a is Expression => typeof a !== 'number')
const numbersOf = (e: Expression): number[] => e.args.filter((a) => typeof a === 'number')

/** The argument of a factory that is a record of factories of the kind, with any names. */
export const recordOf = (kind: Kind, { declaration }: Factory): string | undefined =>
  Object.entries(declaration.arguments).find(([, { type }]) => type.name === 'record' && type.items?.kind === kind)?.[0]

/** The factories that become entries of such a record: `perBlock(layers=rfg, readout=bp)`. */
export function entriesOf(kind: Kind, factory: Factory, e: Expression): Readonly<Record<string, Expression>> {
  if (recordOf(kind, factory) === undefined) return {}
  const entries = Object.entries(e.parts).filter(([name]) => !Object.hasOwn(factory.declaration.options, name))
  return Object.fromEntries(entries)
}

export const withoutEntries = (
  options: Expression['options'],
  entries: readonly (readonly [name: string, made: unknown])[],
): Expression['options'] =>
  Object.fromEntries(Object.entries(options).filter(([option]) => entries.every(([name]) => name !== option)))

const inside: Readonly<Partial<Record<Kind, { readonly what: string; readonly example: string }>>> = {
  estimator: { what: 'another estimator', example: 'rfg' },
  neuron: { what: 'a neuron model', example: 'lif' },
  optimizer: { what: 'optimisers', example: 'adam' },
  schedule: { what: 'another schedule', example: 'cosine' },
}

export type Slots = {
  readonly inner: Readonly<Record<string, Expression | readonly Expression[]>>
  readonly numbers: Readonly<Record<string, number>>
}

/**
 * Assigns the factories and numbers in the parentheses to arguments and options: each factory to the next argument, then
 * option, that takes its kind; each number to the next argument that takes a number.
 *
 * @param kind of the factories that may be inside
 * @param supplied names of the values that a run supplies; parentheses may omit them
 * @throws CLI_USAGE if there are too many or too few
 */
export function slotsOf(kind: Kind, factory: Factory, e: Expression, supplied: readonly string[] = []): Slots {
  const { arguments: args, options, variadic } = factory.declaration
  const takesKind = (option: Option): boolean => typesOf(option).some((type) => type.kind === kind)
  const open = ([name]: readonly [string, Option]): boolean =>
    !Object.hasOwn(e.options, name) && !supplied.includes(name)
  const record = recordOf(kind, factory)
  const takers = Object.entries({ ...args, ...options }).filter(
    (one) => one[0] !== record && takesKind(one[1]) && open(one),
  )
  if (record !== undefined && (e.args.length > 0 || Object.keys(entriesOf(kind, factory, e)).length === 0)) {
    const { example } = inside[kind] ?? { example: kind }
    throw usageError('CLI_USAGE', `${e.name} takes factories by name; write it like ${e.name}(name=${example}, …)`)
  }
  const counts = Object.entries(args).filter((one) => isNumber(one[1]) && !takesKind(one[1]) && open(one))
  const [inner, numbers] = [innerOf(e), numbersOf(e)]
  const least = variadic ? 1 : takers.filter(([, o]) => o.presence === 'required').length
  const lacking = least > inner.length || counts.filter(([, o]) => o.presence === 'required').length > numbers.length
  if (lacking || (!variadic && inner.length > takers.length) || numbers.length > counts.length) {
    const { what, example } = inside[kind] ?? { what: `another ${kind}`, example: kind }
    const usage = usageOf(factory, takers, counts, example)
    throw usageError(
      'CLI_USAGE',
      inner.length === 0 && takers.length > 0 && lacking
        ? `${e.name} wraps ${what}; write it like ${usage}`
        : `${e.name} does not take what its parentheses contain; write it like ${usage}`,
    )
  }
  return {
    inner: variadic
      ? { [takers[0]?.[0] ?? '']: inner }
      : Object.fromEntries(inner.map((one, i) => [takers[i]?.[0] ?? '', one])),
    numbers: Object.fromEntries(numbers.map((n, i) => [counts[i]?.[0] ?? '', n])),
  }
}

type Named = readonly (readonly [name: string, option: Option])[]

/** The notation of a factory: `average(rfg, count)`. */
function usageOf({ declaration: { name, arguments: args } }: Factory, takers: Named, counts: Named, example: string) {
  const positional = takers.filter(([n]) => Object.hasOwn(args, n)).map(() => example)
  const optional = takers.filter(([n]) => !Object.hasOwn(args, n)).map(([n]) => `${n}=${example}`)
  const parts = [...positional, ...counts.map(([n]) => n), ...optional]
  return parts.length === 0 ? `${name}(option=value)` : `${name}(${parts.join(', ')})`
}
