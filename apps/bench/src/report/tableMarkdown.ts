import { tableOf } from '../../../../scripts/lib/tableOf.mjs'

/** A table of numbers, as used by reports, the console and the pages of docs/benchmarks. */
export type Table = {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** A line below the table. */
  readonly note?: string
}

/** The table in Markdown, without its title. */
export function tableMarkdown({ head, rows, note }: Table): string {
  const body = tableOf([head, ...rows])
  return note === undefined ? `${body}\n` : `${body}\n\n${note}\n`
}

/** Escapes text for HTML. */
export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** The table in HTML, without its title. */
export function tableHtml({ head, rows, note }: Table): string {
  const cells = (row: readonly string[], tag: 'td' | 'th'): string =>
    `<tr>${row.map((c) => `<${tag}>${escapeHtml(c)}</${tag}>`).join('')}</tr>`
  const body = `<table><thead>${cells(head, 'th')}</thead><tbody>${rows.map((r) => cells(r, 'td')).join('\n')}</tbody></table>`
  return note === undefined ? body : `${body}\n<p class="note">${escapeHtml(note)}</p>`
}
