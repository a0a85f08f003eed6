/** JSON in the layout of the workspace's formatter, so that a change of a stored run changes few lines. */
import { isRecord } from '@spikeward/core'

/** Columns of a line. */
const WIDTH = 120

/** A number, a text, true, false or null; exponents without a plus sign. */
const plain = (value: unknown): string =>
  typeof value === 'number' ? JSON.stringify(value).replace('e+', 'e') : JSON.stringify(value)

/** On one line; null if it contains an object, which always takes several lines. */
function flat(value: unknown): string | null {
  if (isRecord(value)) return Object.keys(value).length === 0 ? '{}' : null
  if (!Array.isArray(value)) return plain(value)
  const parts = value.map(flat)
  return parts.includes(null) ? null : `[${parts.join(', ')}]`
}

/** Fills lines with as many numbers as fit. */
function filled(numbers: readonly number[], indent: string): string {
  const lines: string[] = []
  let line = ''
  for (const [i, n] of numbers.entries()) {
    const text = `${plain(n)}${i === numbers.length - 1 ? '' : ','}`
    const longer = line === '' ? indent + text : `${line} ${text}`
    if (line !== '' && longer.length > WIDTH) {
      lines.push(line)
      line = indent + text
    } else line = longer
  }
  return [...lines, line].join('\n')
}

/** `before` and `after` are the columns that are taken on the first and on the last line. */
function print(value: unknown, indent: string, before: number, after: number): string {
  const one = flat(value)
  if (one !== null && (!Array.isArray(value) || value.length === 0 || before + one.length + after <= WIDTH)) return one
  const inner = `${indent}  `
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value
    if (items.every((v): v is number => typeof v === 'number')) return `[\n${filled(items, inner)}\n${indent}]`
    const parts = items.map((v, i) => inner + print(v, inner, inner.length, i < items.length - 1 ? 1 : 0))
    return `[\n${parts.join(',\n')}\n${indent}]`
  }
  const entries = Object.entries(value as object).filter(([, v]) => v !== undefined)
  const parts = entries.map(([key, v], i) => {
    const name = `${inner}${JSON.stringify(key)}: `
    return name + print(v, inner, name.length, i < entries.length - 1 ? 1 : 0)
  })
  return `{\n${parts.join(',\n')}\n${indent}}`
}

/** The text of a file. */
export const jsonText = (value: object): string => `${print(value, '', 0, 0)}\n`
