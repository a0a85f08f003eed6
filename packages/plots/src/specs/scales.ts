import type { Palette } from '../palette.js'

/** The lowest and the highest value; [0, 1] if there are no values. */
export function extent(values: ArrayLike<number>): [number, number] {
  let low = Infinity
  let high = -Infinity
  for (let i = 0; i < values.length; i++) {
    const v = values[i] ?? Number.NaN
    if (v < low) low = v
    if (v > high) high = v
  }
  return low <= high ? [low, high] : [0, 1]
}

/** A logarithmic scale of the positive values, a little wider than they are, so that no line lies on the frame. */
export function logScale(values: readonly number[]): object {
  const positive = values.filter((v) => Number.isFinite(v) && v > 0)
  const [low, high] = positive.length === 0 ? [0.1, 1] : extent(positive)
  const room = 1.1 * (high / low) ** 0.03
  return { type: 'log', nice: false, domain: [low / room, high * room] }
}

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
    legend: { orient: 'bottom', ...legend },
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
