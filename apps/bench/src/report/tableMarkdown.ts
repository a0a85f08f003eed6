import { barChartSpec, lineChartSpec, renderSvg } from '@spikeward/plots'
import type { ChartAxis, ChartPoint, FigureSpec } from '@spikeward/plots'
import { digits, mib, tableOf } from '../../../../scripts/lib/tableOf.mjs'

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

export { digits, mib }

export const percent = (share: number): string => `${digits(100 * share)} %`

export const gflop = (flops: number): string => digits(flops / 1e9)

export type Figure = { readonly title: string; readonly spec: FigureSpec }

/** Lines with points, one colour or dash per line; on a logarithmic axis only positive values are drawn. */
export const lines = (title: string, points: readonly ChartPoint[], x: ChartAxis, y: ChartAxis): Figure => ({
  title,
  spec: lineChartSpec({ points, x, y }),
})

export const bars = (
  title: string,
  values: readonly { readonly name: string; readonly value: number }[],
  measure: string,
): Figure => ({ title, spec: barChartSpec({ bars: values, measure }) })

export const drawSvg = ({ spec }: Figure): Promise<string> => renderSvg(spec)
