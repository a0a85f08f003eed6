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
