/** The notation for a name with options: `rfg`, `spsa(at=activity)`, `controlVariate(rfg(directions=4), rate=0.01)`. */
import { type Kind, type Option, type ValueType, parseNumber } from '@spikeward/core'
import { shorten, usageError } from '../../usage/usageError.js'
import type { Factory } from '../factories.js'

/** The value of an option: `0.5`, `true`, a word, a list `[beta, threshold]`. */
export type Value = number | boolean | string | readonly Value[]

export type Expression = {
  readonly name: string
  /** Where the name begins in the text. */
  readonly at: number
  /** In order: expressions and bare numbers. */
  readonly args: readonly (Expression | number)[]
  readonly options: Readonly<Record<string, Value>>
  /** The options whose value is a name, or a name with options in parentheses, read as well. */
  readonly parts: Readonly<Record<string, Expression>>
}

/** Limits that keep the reader from overflowing the stack. */
const MAX_CHARACTERS = 10_000
const MAX_DEPTH = 64

const token = /\s*([(),=[\]]|[^\s(),=[\]]+)/y

/**
 * Reads `name` or `name(…)`: the parentheses contain comma-separated factories of the same form, numbers, and
 * `option=value`. A name may be `package#name`.
 */
export function parseExpression(what: string, text: string): Expression {
  const refuse = (why: string): never => {
    throw usageError('CLI_BAD_VALUE', `the ${what} "${shorten(text)}" ${why}`)
  }
  if (text.length > MAX_CHARACTERS) refuse(`has ${text.length} characters; write at most ${MAX_CHARACTERS}`)
  let depth = 0
  const deeper = <T>(read: () => T): T => {
    depth++
    if (depth > MAX_DEPTH) refuse(`has more than ${MAX_DEPTH} nested parentheses or brackets`)
    const value = read()
    depth--
    return value
  }
  const tokens: string[] = []
  const begins: number[] = []
  const pattern = new RegExp(token)
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    tokens.push(match[1] ?? '')
    begins.push(pattern.lastIndex - (match[1] ?? '').length)
  }
  let at = 0
  const fail = (expected: string): never => {
    const got = at < tokens.length ? `"${shorten(tokens[at] ?? '', 20)}"` : 'the end'
    return refuse(`has ${got} where ${expected} was expected; write name, name(option=value) or name(other)`)
  }
  const isWord = (t: string | undefined): t is string => t !== undefined && !/^[(),=[\]]$/.test(t)
  const word = (expected: string): string => {
    const t = tokens[at]
    if (!isWord(t)) return fail(expected)
    at++
    return t
  }
  const take = (t: string): boolean => tokens[at] === t && ++at > 0
  const list = <T>(close: string, item: () => T): T[] => {
    const items: T[] = []
    if (take(close)) return items
    do items.push(item())
    while (take(','))
    if (!take(close)) fail(`"," or "${close}"`)
    return items
  }
  const value = (): Value => (take('[') ? deeper(() => list(']', value)) : scalar(word('a value')))
  const expression = (): Expression => {
    const begin = begins[at] ?? text.length
    const name = word('a name')
    const args: (Expression | number)[] = []
    const options: Record<string, Value> = {}
    const parts: Record<string, Expression> = {}
    if (take('('))
      list(')', () => {
        const t = tokens[at]
        if (isWord(t) && tokens[at + 1] === '=') {
          at += 2
          if (Object.hasOwn(options, t)) refuse(`gives ${shorten(t, 20)} twice`)
          const first = at
          if (isWord(tokens[at]) && typeof scalar(tokens[at] ?? '') === 'string') {
            parts[t] = deeper(expression)
            options[t] = tokens.slice(first, at).join('')
          } else options[t] = value()
        } else if (isWord(t) && typeof scalar(t) === 'number') {
          at++
          args.push(Number(t))
        } else args.push(deeper(expression))
      })
    return { name, at: begin, args, options, parts }
  }
  const whole = expression()
  if (at < tokens.length) fail('the end')
  return whole
}

function scalar(text: string): number | boolean | string {
  if (text === 'true' || text === 'false') return text === 'true'
  return parseNumber(text) ?? text
}

export const leavesOf = (e: Expression): Expression[] => {
  const inner = e.args.filter((a): a is Expression => typeof a !== 'number')
  return inner.length === 0 ? [e] : inner.flatMap(leavesOf)
}

/** Cuts at commas outside all parentheses and brackets. */
export function splitAtCommas(text: string): string[] {
  let depth = 0
  const parts = ['']
  for (const c of text) {
    if (c === '(' || c === '[') depth++
    if (c === ')' || c === ']') depth--
    if (c === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += c
  }
  return parts
}

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
 * Assigns the factories and numbers in the parentheses to arguments and options: each factory to the next argument,
 * then option, that takes its kind; each number to the next argument that takes a number.
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

type NamedOptions = readonly (readonly [name: string, option: Option])[]

function usageOf(
  { declaration: { name, arguments: args } }: Factory,
  takers: NamedOptions,
  counts: NamedOptions,
  example: string,
) {
  const positional = takers.filter(([n]) => Object.hasOwn(args, n)).map(() => example)
  const optional = takers.filter(([n]) => !Object.hasOwn(args, n)).map(([n]) => `${n}=${example}`)
  const parts = [...positional, ...counts.map(([n]) => n), ...optional]
  return parts.length === 0 ? `${name}(option=value)` : `${name}(${parts.join(', ')})`
}
