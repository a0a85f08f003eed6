/** Functions written as text: `sin(pi*x) + 0.5*x^2`. They are parsed by a small grammar and never run as code. */
import { shorten, usageError } from '../usage/usageError.js'
import { type Arithmetic, type Callable, numberArithmetic } from './arithmetic.js'

export type Formula = (variables: Readonly<Record<string, number>>) => number

export type FormulaOf<T> = (lookUp: (name: string) => T) => T

export type Names = { readonly has: (name: string) => boolean; readonly shown: readonly string[] }

const constants: Readonly<Record<string, number>> = { pi: Math.PI, e: Math.E }

/** Limits that keep parsing and evaluation within the stack and within milliseconds. */
const MAX_CHARACTERS = 100_000
const MAX_DEPTH = 200

const token = /\s*(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|([a-z][a-z0-9_]*)|(\*\*|[-+*/^(),]))/iy

type Token = { readonly kind: 'number' | 'name' | 'sign' | 'end'; readonly text: string; readonly at: number }

function tokens(text: string): readonly Token[] {
  const list: Token[] = []
  const end = text.trimEnd().length
  token.lastIndex = 0
  while (token.lastIndex < end) {
    const at = token.lastIndex
    const match = token.exec(text)
    if (match === null) throw wrong(text, at, 'no number, name or operator starts here')
    const [, number, name, sign] = match
    if (number !== undefined) list.push({ kind: 'number', text: number, at })
    else if (name !== undefined) list.push({ kind: 'name', text: name, at })
    else list.push({ kind: 'sign', text: sign === '**' ? '^' : (sign ?? ''), at })
  }
  return [...list, { kind: 'end', text: 'the end', at: text.length }]
}

const wrong = (text: string, at: number, why: string): Error =>
  usageError(
    'CLI_EXPRESSION',
    `"${shorten(text)}" cannot be read at "${shorten(text.slice(at).trim(), 20) || 'its end'}": ${why}; write sin(pi*x) or 2*x^2 - 1`,
  )

const plural = (n: number): string => `${n} argument${n === 1 ? '' : 's'}`

/** The first operand and those after it, each with the function that folds it in: a long chain needs no deep stack. */
type Link<T> = { readonly fold: (a: T, b: T) => T; readonly operand: FormulaOf<T> }

function chain<T>(first: FormulaOf<T>, links: readonly Link<T>[]): FormulaOf<T> {
  if (links.length === 0) return first
  return (v) => links.reduce((value, { fold, operand }) => fold(value, operand(v)), first(v))
}

/**
 * Reads an expression: + − * / ^ (right-associative, binds before a sign), parentheses, sin, cos, tan, sinh, cosh,
 * tanh, exp, log, sqrt, abs, sign, min, max, pi, e. It has at most 100,000 characters, and at most 200 nested
 * parentheses, signs and powers.
 *
 * @param names the variables that it may use
 * @throws CLI_EXPRESSION, which names the position
 */
export function parseFormula(text: string, names: readonly string[]): Formula {
  const known = { has: (name: string): boolean => names.includes(name), shown: names }
  const formula = parseFormulaIn(numberArithmetic, text, known)
  return (variables) => formula((name) => variables[name] ?? Number.NaN)
}

/**
 * The same for any arithmetic, such as that of tensors.
 *
 * @throws CLI_EXPRESSION, which names the position
 */
export function parseFormulaIn<T>(arithmetic: Arithmetic<T>, text: string, names: Names): FormulaOf<T> {
  const { functions, constant, sums, products } = arithmetic
  if (text.length > MAX_CHARACTERS)
    throw wrong(
      text,
      0,
      `it has ${text.length} characters, and at most ${MAX_CHARACTERS} are allowed; give values with --data`,
    )
  const all = tokens(text)
  let place = 0
  let depth = 0
  const here = (): Token => all[place] ?? { kind: 'end', text: 'the end', at: text.length }
  const take = (sign: string): boolean => {
    const isNext = here().kind === 'sign' && here().text === sign
    if (isNext) place++
    return isNext
  }
  const demand = (sign: string): void => {
    if (!take(sign)) throw wrong(text, here().at, `expected "${sign}"`)
  }
  const deeper = <T>(read: () => T): T => {
    depth++
    if (depth > MAX_DEPTH) throw wrong(text, here().at, `more than ${MAX_DEPTH} levels are nested`)
    const formula = read()
    depth--
    return formula
  }
  const chainOf = (operand: () => FormulaOf<T>, folds: Arithmetic<T>['sums']): FormulaOf<T> => {
    const first = operand()
    const links: Link<T>[] = []
    for (;;) {
      const fold = here().kind === 'sign' ? folds[here().text] : undefined
      if (fold === undefined) return chain(first, links)
      place++
      links.push({ fold, operand: operand() })
    }
  }

  const sum = (): FormulaOf<T> => chainOf(product, sums)
  const product = (): FormulaOf<T> => chainOf(signed, products)
  const signed = (): FormulaOf<T> => {
    if (take('+')) return deeper(signed)
    if (!take('-')) return power()
    const a = deeper(signed)
    return (v) => arithmetic.negate(a(v))
  }
  const power = (): FormulaOf<T> => {
    const base = atom()
    if (!take('^')) return base
    const exponent = deeper(signed)
    return (v) => arithmetic.power(base(v), exponent(v))
  }
  const atom = (): FormulaOf<T> => {
    const { kind, text: word, at } = here()
    if (take('(')) {
      const inside = deeper(sum)
      demand(')')
      return inside
    }
    place++
    if (kind === 'number') return () => constant(Number(word))
    if (kind !== 'name') throw wrong(text, at, 'expected a number, a name or "("')
    const call = Object.hasOwn(functions, word) ? functions[word] : undefined
    if (call !== undefined) return called(word, call, at)
    if (names.has(word)) return (v) => v(word)
    const value = Object.hasOwn(constants, word) ? constants[word] : undefined
    if (value !== undefined) return () => constant(value)
    throw wrong(
      text,
      at,
      `there is no "${shorten(word, 20)}"; variables: ${names.shown.join(', ')}; functions: ${Object.keys(functions).join(', ')}`,
    )
  }
  const called = (name: string, { apply, least, most }: Callable<T>, at: number): FormulaOf<T> => {
    demand('(')
    const args = [deeper(sum)]
    while (take(',')) args.push(deeper(sum))
    demand(')')
    if (args.length < least || args.length > most) {
      const takes = least === most ? plural(most) : `${least} to ${plural(most)}`
      throw wrong(text, at, `${name} takes ${takes} and was given ${args.length}`)
    }
    return (v) => apply(...args.map((a) => a(v)))
  }

  const whole = sum()
  if (here().kind !== 'end') throw wrong(text, here().at, 'expected an operator before it')
  return whole
}
