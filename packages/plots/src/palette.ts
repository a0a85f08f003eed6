/** The colours of figures and pages, as `#rrggbb`. */
export type Palette = {
  /** Behind a figure. */
  readonly background: string
  /** Text, and lines that carry the target. */
  readonly ink: string
  /** Labels of axes, and reference lines. */
  readonly quiet: string
  /** Frames and grids. */
  readonly line: string
  /** Lines of a chart, in order. */
  readonly series: readonly [string, string, string, string]
  /** Signed values: below zero, zero, above zero. */
  readonly under: string
  readonly even: string
  readonly over: string
}

/** The colours on a light and on a dark background; the demo's style sheet holds the same ones. */
export const palettes: { readonly light: Palette; readonly dark: Palette } = {
  light: {
    background: '#ffffff',
    ink: '#1d1c1a',
    quiet: '#5f5b54',
    line: '#e2ddd2',
    series: ['#b8431a', '#1f6f8b', '#6b4fa0', '#57534b'],
    under: '#3d83a8',
    even: '#ece7dc',
    over: '#d9602f',
  },
  dark: {
    background: '#1a1d22',
    ink: '#ece9e3',
    quiet: '#a9a59c',
    line: '#2e333b',
    series: ['#ff9466', '#6cc4dd', '#b9a1ee', '#b8b3a8'],
    under: '#5cb0d6',
    even: '#454b55',
    over: '#ff8a58',
  },
}

/** Red, green and blue from 0 to 255. */
export type Rgb = readonly [number, number, number]

const parsed = (hex: string): Rgb => {
  const n = Number.parseInt(hex.slice(1), 16)
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255]
}

/**
 * `count` colours at equal distances along the stops, interpolated linearly in RGB.
 *
 * @param stops two or more colours as `#rrggbb`
 */
export function colourRamp(stops: readonly string[], count: number): readonly Rgb[] {
  const points = stops.map(parsed)
  return Array.from({ length: count }, (_, i) => {
    const at = (i / Math.max(1, count - 1)) * (points.length - 1)
    const low = Math.min(points.length - 2, Math.floor(at))
    const [a, b] = [points[low] ?? [0, 0, 0], points[low + 1] ?? [0, 0, 0]]
    const mix = (c: 0 | 1 | 2): number => Math.round(a[c] + (b[c] - a[c]) * (at - low))
    return [mix(0), mix(1), mix(2)] as const
  })
}
