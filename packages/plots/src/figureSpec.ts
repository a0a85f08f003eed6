import type { TopLevelSpec } from 'vega-lite'
import { palettes } from './palette.js'
import type { Palette } from './palette.js'

/** A figure: a Vega-Lite specification, version 6. */
export type FigureSpec = TopLevelSpec

/** The title of a figure, and its colours. */
export type FigureOptions = {
  readonly title?: string
  /** Default: the light one. */
  readonly palette?: Palette
}

const font = 'DejaVu Sans, Liberation Sans, Helvetica, Arial, sans-serif'

/** The common style of all figures. */
const styleOf = ({ background, ink, quiet, line }: Palette): object => ({
  background,
  font,
  axis: {
    grid: false,
    labelFontSize: 10,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    labelColor: ink,
    titleColor: ink,
    domainColor: quiet,
    tickColor: quiet,
  },
  legend: { labelColor: ink, titleColor: ink, symbolType: 'stroke', symbolStrokeWidth: 2 },
  view: { stroke: line },
  title: { fontSize: 12, fontWeight: 'normal', color: ink, subtitleColor: quiet },
})

export const paletteOf = ({ palette = palettes.light }: FigureOptions): Palette => palette

/** The method that Deno's kernel calls on the value of a notebook's cell. */
const display = Symbol.for('Jupyter.display')

/** A whole figure: `body` with schema, style and title. In a notebook it shows itself, drawn by Vega-Lite or as SVG. */
export function figure(options: FigureOptions, body: object, subtitle: readonly string[] = []): FigureSpec {
  const { title } = options
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    ...(title === undefined
      ? {}
      : { title: { text: title, subtitle, anchor: 'middle', fontSize: 13, fontWeight: 600 } }),
    config: styleOf(paletteOf(options)),
    ...body,
  }
  const shown = async (): Promise<object> => {
    const { renderSvg } = await import('./renderSvg.js')
    return { 'application/vnd.vegalite.v5+json': spec, 'image/svg+xml': await renderSvg(spec as FigureSpec) }
  }
  // Not enumerable: a specification stays plain data, and copies of it are no figures of a notebook.
  return Object.defineProperty(spec as FigureSpec, display, { value: shown })
}
