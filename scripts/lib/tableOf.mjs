import { markdownTable } from 'markdown-table'

/**
 * A cell of Markdown: a bar would begin the next cell, and a line break the next row. A bar that is escaped already
 * stays as it is.
 *
 * @param {string} text
 */
const cell = (text) => text.replaceAll(/(?<!\\)\|/g, '\\|').replaceAll('\n', ' ')

/**
 * With `n` significant digits, without an exponent between 10⁻³ and 10⁶; a dash for what is not known.
 *
 * @param {number | null | undefined} value
 */
export function digits(value, n = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(n - 1)
  return value.toFixed(size === 0 ? 0 : Math.max(0, n - 1 - Math.floor(Math.log10(size))))
}

/** @param {number | null | undefined} bytes in MiB */
export const mib = (bytes) => digits(bytes === null || bytes === undefined ? null : bytes / 2 ** 20)

/**
 * Rows as a table in Markdown; the first is its head.
 *
 * @param {readonly (readonly string[])[]} rows
 * @returns {string} the table without a line break at its end
 */
export const tableOf = (rows) =>
  markdownTable(
    rows.map((row) => row.map(cell)),
    { alignDelimiters: false },
  )
