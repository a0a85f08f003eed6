/** Numbers in the tables of a study. */

/** A relative error, or a dash. */
export const shown = (value: number | null, digits = 4): string => (value === null ? '—' : value.toFixed(digits))

/** Mean ± spread. */
export const meanSpread = (mean: number | null, spread: number | null): string =>
  `${shown(mean)}${spread === null ? '' : ` ± ${shown(spread)}`}`

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  return `${line(head)}${line(head.map(() => '---'))}${rows.map(line).join('')}`
}
