import { lab } from 'd3-color'

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

/**
 * `count` colours along the stops whose neighbours all differ by the same perceived amount: the distance in CIELAB.
 *
 * @param stops two or more colours as `#rrggbb`
 * @see CIE 15:2018, Colorimetry
 */
export function colourRamp(stops: readonly string[], count: number): readonly Rgb[] {
  const points = stops.map((stop) => lab(stop))
  const ends = [0]
  for (const [i, b] of points.slice(1).entries()) {
    const a = points[i]!
    ends.push(ends[i]! + Math.hypot(b.l - a.l, b.a - a.a, b.b - a.b))
  }
  return Array.from({ length: count }, (_, i) => {
    const at = (i / Math.max(1, count - 1)) * ends.at(-1)!
    const low = Math.max(
      0,
      Math.min(
        ends.length - 2,
        ends.findLastIndex((end) => end <= at),
      ),
    )
    const [a, b] = [points[low]!, points[low + 1]!]
    const share = (at - ends[low]!) / (ends[low + 1]! - ends[low]! || 1)
    const mix = (of: 'l' | 'a' | 'b'): number => a[of] + share * (b[of] - a[of])
    const { r, g, b: blue } = lab(mix('l'), mix('a'), mix('b')).rgb().clamp()
    return [Math.round(r), Math.round(g), Math.round(blue)]
  })
}

/** Colours of a ramp as `#rrggbb`, enough of them for a legend. */
export const legendColours = (ramp: readonly Rgb[]): readonly string[] =>
  Array.from({ length: 33 }, (_, i) => ramp[Math.round((i / 32) * (ramp.length - 1))]!).map(
    (rgb) => `#${rgb.map((v) => v.toString(16).padStart(2, '0')).join('')}`,
  )
