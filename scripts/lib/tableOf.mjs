import { markdownTable } from 'markdown-table'

/**
 * A cell of Markdown: a bar would begin the next cell, and a line break the next row. A bar that is escaped already stays as it is.
 *
 * @param {string} text
 */
const cell = (text) => text.replaceAll(/(?<!\\)\|/g, '\\|').replaceAll('\n', ' ')

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
