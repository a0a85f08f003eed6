import { Tensor } from '../tensor/tensor.js'

/**
 * A value of an option as help and messages show it: its text if it has one, else a description.
 *
 * @example
 * printValue([32, 32]) // '[32, 32]'
 * printValue(gaussian) // 'gaussian'
 */
export function printValue(value: unknown): string {
  if (typeof value === 'string') return value === '' ? '""' : value
  if (value === null) return 'none'
  if (value === undefined) return 'nothing'
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return `[${value.map(printValue).join(', ')}]`
  if (value instanceof Tensor) return `a tensor of shape [${value.shape.join(', ')}]`
  if (typeof value === 'symbol') return value.toString()
  const { name } = value as { readonly name?: unknown }
  if (typeof name === 'string' && name !== '') return name
  return typeof value === 'function' ? 'a function' : 'an object'
}

/** Longer lists are cut to their first {@link SHOWN} elements. */
const LONGEST_LIST = 8
const SHOWN = 3
/** Levels of nested lists that are printed. */
const LEVELS = 3
/** Longer texts are cut to as many characters. */
export const LONGEST_TEXT = 80

function printElement(value: unknown, level: number): string {
  if (ArrayBuffer.isView(value)) return printArray(value)
  if (!Array.isArray(value)) {
    const text = printValue(value)
    return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text
  }
  if (level === LEVELS || value.length > LONGEST_LIST) return `a list of ${value.length}`
  return `[${value.map((x: unknown) => printElement(x, level + 1)).join(', ')}]`
}

function printArray(value: ArrayBufferView): string {
  const type = Object.prototype.toString.call(value).slice('[object '.length, -1)
  const description = `${type.startsWith('I') ? 'an' : 'a'} ${type}`
  return 'length' in value ? `${description} of ${String(value.length)}` : description
}

/**
 * A value that is not what was expected, as messages show it: texts in quotes, typed arrays by their type, and what to
 * do with a promise or a function. Long texts and lists are cut, and their length is given.
 *
 * @example
 * describeValue('8') // 'the text "8"'
 * describeValue(rfg) // 'the function rfg: call it'
 * describeValue(new Float32Array(8)) // 'a Float32Array of 8'
 * describeValue(Array.from({ length: 1e6 }, (_, i) => i)) // 'a list of 1000000: [0, 1, 2, …]'
 */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') {
    const shown = `the text ${JSON.stringify(value.slice(0, LONGEST_TEXT))}`
    return value.length > LONGEST_TEXT ? `${shown}… of ${value.length} characters` : shown
  }
  if (value instanceof Promise) return 'a promise: await it'
  if (typeof value === 'function') {
    return `${value.name === '' ? 'a function without a name' : `the function ${value.name}`}: call it`
  }
  if (value === undefined || value === null) return String(value)
  if (!Array.isArray(value) || value.length <= LONGEST_LIST) return printElement(value, 0)
  const first = value.slice(0, SHOWN).map((x: unknown) => printElement(x, 1))
  return `a list of ${value.length}: [${first.join(', ')}, …]`
}
