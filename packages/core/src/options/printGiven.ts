import { printValue } from './printValue.js'

/**
 * A value that is not what was expected, as messages show it: texts in quotes, and what to do with a promise or a function.
 *
 * @example
 * printGiven('8') // 'the text "8"'
 * printGiven(rfg) // 'the function rfg: call it'
 */
export function printGiven(value: unknown): string {
  if (typeof value === 'string') return `the text ${JSON.stringify(value)}`
  if (value instanceof Promise) return 'a promise: await it'
  if (typeof value === 'function') return `the function ${value.name || 'without a name'}: call it`
  return value === undefined || value === null ? String(value) : printValue(value)
}
