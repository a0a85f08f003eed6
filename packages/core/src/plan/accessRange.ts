import type { Access } from './kernel.js'

/**
 * The lowest and the highest element that an access reaches over a space, relative to its operand. The space has at least
 * one point.
 */
export function accessRange(
  { offset, strides }: Pick<Access, 'offset' | 'strides'>,
  space: readonly number[],
): { readonly low: number; readonly high: number } {
  let low = offset
  let high = offset
  for (const [axis, length] of space.entries()) {
    const reach = strides[axis]! * (length - 1)
    if (reach < 0) low += reach
    else high += reach
  }
  return { low, high }
}
