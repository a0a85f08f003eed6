/**
 * Drawing without a page.
 *
 * @module node
 */
import type { FigureSpec } from './figureSpec.js'
import { renderSvg } from './figureSpec.js'

export { filmPng } from './filmPng.js'

/** One drawing in both forms: SVG text, and PNG bytes at twice the size. */
export type Drawing = { readonly svg: string; readonly png: Uint8Array }

/**
 * Draws a specification as SVG and PNG.
 *
 * @param scale pixels of the PNG per unit of the figure; default 2
 */
export async function renderFigure(spec: FigureSpec, { scale = 2 } = {}): Promise<Drawing> {
  const [svg, { Resvg }] = await Promise.all([renderSvg(spec), import('@resvg/resvg-js')])
  const png = new Resvg(svg, { fitTo: { mode: 'zoom', value: scale } }).render().asPng()
  return { svg, png }
}
