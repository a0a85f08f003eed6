import type { Palette } from '../palette.js'

/** Dash patterns: the palette has four colours, so each group of four lines gets the next pattern. */
const DASHES = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 2, 2, 2],
] as const

/** How the legend of lines looks. */
type LegendOptions = { readonly orient?: 'bottom' | 'right'; readonly columns?: number }

/** Encodings that distinguish the lines of a chart: four colours, and a dash pattern for each group of four lines. */
export function distinctLines(lines: readonly string[], { series }: Palette, legend: LegendOptions = {}): object {
  const common = {
    field: 'line',
    type: 'nominal',
    title: null,
    sort: [...lines],
    legend: { orient: 'bottom', labelLimit: 400, ...legend },
  }
  const range = lines.map((_, i) => series[i % series.length])
  const dashes = lines.map((_, i) => DASHES[Math.floor(i / series.length) % DASHES.length])
  return {
    color: { ...common, scale: { domain: [...lines], range } },
    ...(lines.length > series.length
      ? { strokeDash: { ...common, scale: { domain: [...lines], range: dashes } } }
      : {}),
  }
}
