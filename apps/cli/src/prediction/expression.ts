/** Functions written as text: `sin(pi*x) + 0.5*x^2`. Read by a small grammar and never run as a program. */
import { usageError } from '../usage/usageError.js'

/** A function of named variables. */
export type Expression = (variables: Readonly<Record<string, number>>) => number

const functions: Readonly<Record<string, (...args: number[]) => number>> = {
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  sign: Math.sign,
  min: Math.min,
  max: Math.max,
}
const constants: Readonly<Record<string, number>> = { pi: Math.PI, e: Math.E }

const token = /\s*(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|([a-z][a-z0-9]*)|(\*\*|[-+*/^(),]))/iy

type Token = { readonly kind: 'number' | 'name' | 'sign' | 'end'; readonly text: string; readonly at: number }

function tokens(text: string): readonly Token[] {
  const found: Token[] = []
  token.lastIndex = 0
  while (text.slice(token.lastIndex).trim() !== '') {
    const at = token.lastIndex
    const match = token.exec(text)
    if (match === null) throw wrong(text, at, 'what stands here is no number, name or sign')
    const [, number, name, sign] = match
    if (number !== undefined) found.push({ kind: 'number', text: number, at })
    else if (name !== undefined) found.push({ kind: 'name', text: name, at })
    else found.push({ kind: 'sign', text: sign === '**' ? '^' : (sign ?? ''), at })
  }
  return [...found, { kind: 'end', text: 'the end', at: text.length }]
}

const wrong = (text: string, at: number, why: string): Error =>
  usageError(
    'CLI_EXPRESSION',
    `"${text}" cannot be read at "${text.slice(at).trim() || 'its end'}": ${why}; write sin(pi*x) or 2*x^2 - 1`,
  )

/**
 * Reads an expression: + − * / ^ (binding to the right, before a sign), parentheses, sin, cos, tan, sinh, cosh, tanh, exp,
 * log, sqrt, abs, sign, min, max, pi, e.
 *
 * @param names the variables that it may use
 * @throws CLI_EXPRESSION, which says where
 */
export function parseExpression(text: string, names: readonly string[]): Expression {
  const all = tokens(text)
  let place = 0
  const here = (): Token => all[place] ?? { kind: 'end', text: 'the end', at: text.length }
  const take = (sign: string): boolean => {
    const found = here().kind === 'sign' && here().text === sign
    if (found) place++
    return found
  }
  const demand = (sign: string): void => {
    if (!take(sign)) throw wrong(text, here().at, `expected "${sign}"`)
  }

  const sum = (): Expression => {
    let left = product()
    for (;;) {
      const a = left
      if (take('+')) {
        const b = product()
        left = (v) => a(v) + b(v)
      } else if (take('-')) {
        const b = product()
        left = (v) => a(v) - b(v)
      } else return left
    }
  }
  const product = (): Expression => {
    let left = signed()
    for (;;) {
      const a = left
      if (take('*')) {
        const b = signed()
        left = (v) => a(v) * b(v)
      } else if (take('/')) {
        const b = signed()
        left = (v) => a(v) / b(v)
      } else return left
    }
  }
  const signed = (): Expression => {
    if (take('+')) return signed()
    if (!take('-')) return power()
    const a = signed()
    return (v) => -a(v)
  }
  const power = (): Expression => {
    const base = atom()
    if (!take('^')) return base
    const exponent = signed()
    return (v) => base(v) ** exponent(v)
  }
  const atom = (): Expression => {
    const { kind, text: word, at } = here()
    if (take('(')) {
      const inside = sum()
      demand(')')
      return inside
    }
    place++
    if (kind === 'number') return () => Number(word)
    if (kind !== 'name') throw wrong(text, at, 'expected a number, a name or "("')
    const call = Object.hasOwn(functions, word) ? functions[word] : undefined
    if (call !== undefined) return called(call)
    if (names.includes(word)) return (v) => v[word] ?? Number.NaN
    const constant = Object.hasOwn(constants, word) ? constants[word] : undefined
    if (constant !== undefined) return () => constant
    throw wrong(
      text,
      at,
      `there is no "${word}"; variables: ${names.join(', ')}; functions: ${Object.keys(functions).join(', ')}`,
    )
  }
  const called = (f: (...args: number[]) => number): Expression => {
    demand('(')
    const args = [sum()]
    while (take(',')) args.push(sum())
    demand(')')
    return (v) => f(...args.map((a) => a(v)))
  }

  const whole = sum()
  if (here().kind !== 'end') throw wrong(text, here().at, 'expected a sign of operation before it')
  return whole
}
