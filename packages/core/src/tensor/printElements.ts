import type { DType, TypedArray } from './dtype.js'

/** Elements at each end of an axis that are shown where an array is too long to be shown whole. */
const EDGE = 3

/** Elements up to which an array is shown whole. */
const WHOLE = 100

const printElement = (x: number, dtype: DType): string => {
  if (dtype === 'bool') return x === 0 ? 'false' : 'true'
  // Six digits tell f32 values apart for a reader; -0 keeps its sign.
  return Object.is(x, -0) ? '-0' : String(Number(x.toPrecision(6)))
}

/** Which indices of an axis are shown; null stands for those that are left out. */
function shownOf(length: number, whole: boolean): readonly (number | null)[] {
  if (whole || length <= 2 * EDGE) return Array.from({ length }, (_, i) => i)
  const ends = Array.from({ length: EDGE }, (_, i) => i)
  return [...ends, null, ...ends.map((i) => length - EDGE + i)]
}

/**
 * The elements of an array in nested brackets, as NumPy prints them: columns are aligned, and of an array of more than
 * 100 elements only the ends of each axis are shown.
 *
 * @param data the elements in row-major order
 * @example
 * printElements(Float32Array.of(1, 2.5, 3, 4), [2, 2], 'f32') // '[[1, 2.5],\n [3,   4]]'
 */
export function printElements(data: TypedArray, shape: readonly number[], dtype: DType): string {
  const whole = data.length <= WHOLE
  const axes = shape.map((length) => shownOf(length, whole))
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1))
  const texts = new Map<number, string>()
  const collect = (axis: number, at: number): void => {
    if (axis === shape.length) texts.set(at, printElement(data[at]!, dtype))
    else for (const i of axes[axis]!) if (i !== null) collect(axis + 1, at + i * strides[axis]!)
  }
  collect(0, 0)
  const width = shape.length < 2 ? 0 : Math.max(0, ...[...texts.values()].map((text) => text.length))
  const print = (axis: number, at: number): string => {
    if (axis === shape.length) return texts.get(at)!.padStart(width)
    const rows = axes[axis]!.map((i) => (i === null ? '…' : print(axis + 1, at + i * strides[axis]!)))
    if (axis === shape.length - 1) return `[${rows.join(', ')}]`
    const gap = `,${'\n'.repeat(shape.length - 1 - axis)}${' '.repeat(axis + 1)}`
    return `[${rows.join(gap)}]`
  }
  return print(0, 0)
}

/**
 * The elements of an array as a table of HTML: a row for each index of all axes but the last. Of more than 100 elements
 * only the ends are shown.
 */
export function tableOfElements(data: TypedArray, shape: readonly number[], dtype: DType): string {
  const columns = shape.at(-1) ?? 1
  const shown = (length: number): readonly (number | null)[] => shownOf(length, data.length <= WHOLE)
  const row = (r: number | null): string =>
    shown(columns)
      .map((c) => `<td>${r === null || c === null ? '…' : printElement(data[r * columns + c]!, dtype)}</td>`)
      .join('')
  return `<table>${shown(columns === 0 ? 0 : data.length / columns)
    .map((r) => `<tr>${row(r)}</tr>`)
    .join('')}</table>`
}
