import type { TopLevelSpec } from 'vega-lite'
import { type Palette, palettes } from './palette.js'
import { renderSvg } from './renderSvg.js'

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
    labelOverlap: 'greedy',
    labelSeparation: 4,
    labelFontSize: 10,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    labelColor: ink,
    titleColor: ink,
    domainColor: quiet,
    tickColor: quiet,
  },
  legend: {
    labelColor: ink,
    labelLimit: 400,
    titleColor: ink,
    titleFontWeight: 'normal',
    symbolType: 'stroke',
    symbolStrokeWidth: 2,
  },
  view: { stroke: line },
  title: { fontSize: 11, fontWeight: 'normal', color: ink, subtitleColor: quiet },
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
  const shown = async (): Promise<object> => ({
    'application/vnd.vegalite.v5+json': spec,
    'image/svg+xml': await renderSvg(spec as FigureSpec),
  })
  // Not enumerable: a specification stays plain data, and copies of it are no figures of a notebook.
  return Object.defineProperty(spec as FigureSpec, display, { value: shown })
}

/** A figure as a part of another one, and its label. */
export type LabelledFigure = { readonly label: string; readonly spec: FigureSpec }

/** A figure without what a whole one has besides its marks: its style and its own title. */
function bodyOf(spec: FigureSpec): object {
  const { $schema: _schema, config: _config, title: _title, ...body } = spec as FigureSpec & Record<string, unknown>
  return body
}

/**
 * Figures one below the other, each under its label, such as one for each output of a network. Each keeps its own
 * scales; titles of the parts are left out.
 *
 * @example
 * const part = (label: string, up: number) => ({ label, spec: curvesSpec({ x: [0, 1], target: [0, up], prediction: [0, 1] }) })
 * const spec = panelsSpec([part('pressure', 1), part('velocity', 2)], { title: 'two outputs' })
 */
export function panelsSpec(parts: readonly LabelledFigure[], options: FigureOptions = {}): FigureSpec {
  return figure(options, {
    vconcat: parts.map(({ label, spec }) => ({ vconcat: [bodyOf(spec)], title: { text: label, anchor: 'start' } })),
    spacing: 30,
    resolve: { scale: { color: 'independent', strokeDash: 'independent' } },
  })
}
