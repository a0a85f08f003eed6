import { markdownTable } from 'markdown-table'
import { tableOf } from '../../../../scripts/lib/tableOf.mjs'

type Rows = readonly (readonly string[])[]

/** A table in Markdown, for a file or an answer. */
export const table = (head: readonly string[], rows: Rows): string => `${tableOf([head, ...rows])}\n`

/** The same with aligned columns, for a terminal. */
export const alignedTable = (head: readonly string[], rows: Rows): string => `${markdownTable([head, ...rows])}\n`
