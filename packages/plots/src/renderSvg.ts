import type { TopLevelSpec } from 'vega-lite'

/** How a figure looks in print: one font and one size for all text, at a fixed width. */
export type PaperStyle = {
  /** Default: `serif`. */
  readonly font?: 'serif' | 'sans'
  /** Size of all text, in points. Default: 8. */
  readonly size?: number
  /** Width of the figure, in points. Default: 252, a column of a journal; 516, both, if panels stand side by side. */
  readonly width?: number
}

const families = {
  serif: 'STIX Two Text, Times New Roman, Times, Liberation Serif, DejaVu Serif, serif',
  sans: 'Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif',
}

/** A specification whose text has one font and one size. */
function printed(spec: TopLevelSpec, { font = 'serif' }: PaperStyle, size: number): TopLevelSpec {
  const { config, title, ...body } = spec as TopLevelSpec & { title?: object; config?: Record<string, object> }
  const label = { labelFontSize: size, titleFontSize: size }
  return {
    ...body,
    ...(title === undefined ? {} : { title: { ...title, fontSize: size, fontWeight: 'normal' } }),
    config: {
      ...config,
      font: families[font],
      axis: { ...config?.['axis'], ...label, labelSeparation: size / 2 },
      // Entries below one another: beside each other they would set the width of the figure.
      legend: { ...config?.['legend'], ...label, labelLimit: 0, columns: 1 },
      title: { ...config?.['title'], fontSize: size, subtitleFontSize: size },
    },
  }
}

/** Whether panels stand side by side. */
const isWide = (spec: object): boolean =>
  'hconcat' in spec ||
  ('columns' in spec && Number(spec.columns) > 1) ||
  ('vconcat' in spec && (spec.vconcat as object[]).some(isWide))

type Text = { readonly fontSize?: number; readonly limit?: number }
type Metrics = { width: (item: Text, text?: string) => number; readonly estimateWidth: Metrics['width'] }

/**
 * Without a canvas, Vega takes 0.8 of the size for the width of a letter, which leaves wide gaps: fonts have 0.6. Its
 * types lack the metrics, which are there to be replaced.
 */
function measureText(vega: object): void {
  const { textMetrics } = vega as { readonly textMetrics: Metrics }
  if (textMetrics.width === textMetrics.estimateWidth)
    textMetrics.width = ({ fontSize = 11, limit = 0 }, text) =>
      Math.min(limit > 0 ? limit : Infinity, 0.6 * fontSize * String(text ?? '').length)
}

/**
 * Draws a specification as SVG, without a browser or a canvas.
 *
 * @param paper the look of a figure in print. Default: that of a screen
 */
export async function renderSvg(spec: TopLevelSpec, paper?: PaperStyle): Promise<string> {
  const [vega, lite] = await Promise.all([import('vega'), import('vega-lite')])
  measureText(vega)
  const draw = async (spec: TopLevelSpec): Promise<string> => {
    const view = new vega.View(vega.parse(lite.compile(spec).spec), { renderer: 'none', logLevel: vega.Error })
    try {
      return await view.toSVG()
    } finally {
      view.finalize()
    }
  }
  if (paper === undefined) return draw(spec)
  const { size = 8, width = isWide(spec) ? 516 : 252 } = paper
  // Text of `size` points makes the drawing wider, which makes a unit of it smaller: this converges in a few rounds.
  let unit = 1
  let svg = ''
  for (let round = 0; round < 4; round++) {
    svg = await draw(printed(spec, paper, size / unit))
    unit = width / Number(/ width="([\d.]+)"/.exec(svg)?.[1])
  }
  return svg.replace(/ (width|height)="([\d.]+)"/g, (text, side: string, length: string, at: number) =>
    at > svg.indexOf('>') ? text : ` ${side}="${(Number(length) * unit).toFixed(2)}pt"`,
  )
}
