import { figure } from '../figureSpec.js'
import type { FigureOptions, FigureSpec } from '../figureSpec.js'

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
