/** The notation for a name with options: `rfg`, `spsa(at=activity)`, `controlVariate(rfg(directions=4), rate=0.01)`. */
import { parseNumber } from '@spikeward/core'
import { shorten } from '../../usage/pick.js'
import { usageError } from '../../usage/usageError.js'

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
 *
 * @param what for messages: estimator, neuron, surrogate
 * @throws CLI_BAD_VALUE
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
    const found = read()
    depth--
    return found
  }
  const tokens: string[] = []
  const begins: number[] = []
  const pattern = new RegExp(token)
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
    tokens.push(found[1] ?? '')
    begins.push(pattern.lastIndex - (found[1] ?? '').length)
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
    if (take('(')) {
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
    }
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

/** The innermost names, in order: those without arguments. */
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
