import { tableOf } from '../../../../scripts/lib/tableOf.mjs'

export type Table = {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** A line below the table. */
  readonly note?: string
}

export function tableMarkdown({ head, rows, note }: Table): string {
  const body = tableOf([head, ...rows])
  return note === undefined ? `${body}\n` : `${body}\n\n${note}\n`
}

export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

export function tableHtml({ head, rows, note }: Table): string {
  const cells = (row: readonly string[], tag: 'td' | 'th'): string =>
    `<tr>${row.map((c) => `<${tag}>${escapeHtml(c)}</${tag}>`).join('')}</tr>`
  const body = `<table><thead>${cells(head, 'th')}</thead><tbody>${rows.map((r) => cells(r, 'td')).join('\n')}</tbody></table>`
  return note === undefined ? body : `${body}\n<p class="note">${escapeHtml(note)}</p>`
}
