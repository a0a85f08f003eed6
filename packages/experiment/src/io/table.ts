import { markdownTable } from 'markdown-table'

type Rows = readonly (readonly string[])[]

/** A cell of Markdown: a bar would begin the next cell, and a line break the next row. A bar that is escaped already stays as it is. */
const cell = (text: string): string => text.replaceAll(/(?<!\\)\|/g, '\\|').replaceAll('\n', ' ')

/** A table in Markdown, for a file or an answer. */
export const table = (head: readonly string[], rows: Rows): string =>
  `${markdownTable(
    [head, ...rows].map((row) => row.map(cell)),
    { alignDelimiters: false },
  )}\n`

/** The same with aligned columns, for a terminal. */
export const alignedTable = (head: readonly string[], rows: Rows): string => `${markdownTable([head, ...rows])}\n`
