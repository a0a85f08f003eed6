import { SpikewardError, describeValue } from '@spikeward/core'

/** A named array, row-major. */
export type NamedArray = { readonly name: string; readonly shape: readonly number[]; readonly data: Float64Array }

/** An array's name and shape, for messages. */
export const shapeText = (a: Pick<NamedArray, 'name' | 'shape'>): string => `"${a.name}" is [${a.shape.join(' × ')}]`

/** The error for arrays that do not fit together. */
export const wrongShape = (expected: string, actual: string): SpikewardError =>
  new SpikewardError('DATA_SHAPE', `expected ${expected}; found: ${actual}`)

/**
 * Throws DATA_SHAPE unless the value is a named array in double precision; plain JavaScript may pass a plain list of
 * numbers, another typed array, or a shape that the numbers do not fill.
 */
export function checkArray(array: NamedArray, what: string): void {
  const { name, shape, data } = (array ?? {}) as Partial<NamedArray>
  if (typeof name !== 'string' || !Array.isArray(shape) || !(data instanceof Float64Array)) {
    const example = `{ name: 'x', shape: [rows, columns], data: Float64Array.from(numbers) }`
    throw wrongShape(`${what} as a named array in double precision, such as ${example}`, describeValue(array))
  }
  const size = (shape as readonly number[]).reduce((a, b) => a * b, 1)
  if (size !== data.length) throw wrongShape(`${size} numbers, as ${shapeText(array)}`, `${data.length} numbers`)
}

/** Throws DATA_NOT_FINITE if an array holds NaN or infinity, with its index. */
export function checkFinite({ name, shape, data }: NamedArray): void {
  const bad = data.findIndex((v) => !Number.isFinite(v))
  if (bad < 0) return
  throw new SpikewardError(
    'DATA_NOT_FINITE',
    `"${name}" holds ${data[bad]!} at [${unravel(bad, shape).join(', ')}], counted from 0; remove such rows or fill them in`,
  )
}

/** The named rows of an array whose rows have `width` numbers. */
export function gatherRows(from: Float64Array, rows: readonly number[], width: number): Float64Array {
  const out = new Float64Array(rows.length * width)
  rows.forEach((r, i) => out.set(from.subarray(r * width, (r + 1) * width), i * width))
  return out
}

/** The indices along each axis of a flat index. */
export function unravel(flat: number, shape: readonly number[]): number[] {
  const index: number[] = []
  let rest = flat
  for (let a = shape.length - 1; a >= 0; a--) {
    index.unshift(rest % shape[a]!)
    rest = Math.floor(rest / shape[a]!)
  }
  return index
}
