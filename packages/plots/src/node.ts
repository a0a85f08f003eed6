/**
 * Drawing without a page.
 *
 * @module node
 */
import type { FigureSpec } from './figureSpec.js'
import { type PaperStyle, renderSvg } from './renderSvg.js'

export { eventFilmSvg, type EventFilm } from './eventFilmSvg.js'
export { filmPng } from './filmPng.js'

/** One drawing in several forms: SVG text, PNG bytes, and on request PDF bytes. */
export type Drawing = { readonly svg: string; readonly png: Uint8Array; readonly pdf?: Uint8Array }

/** How a figure is drawn. */
export type RenderOptions = {
  /** Pixels of the PNG per unit of the figure. Default: 2; of a figure in print 4, which is 384 an inch. */
  readonly scale?: number
  /** The look of a figure in print. Default: that of a screen. */
  readonly paper?: PaperStyle
  /** Also as PDF, by the packages pdfkit and svg-to-pdfkit, which you install. Default: false. */
  readonly pdf?: boolean
}

/**
 * Draws a specification as SVG and PNG, and on request as PDF. Text of the PNG and the PDF is drawn as outlines in a
 * font of this machine, so that a reader needs no font.
 *
 * @example
 * const { pdf } = await renderFigure(spec, { paper: { font: 'serif', size: 8, width: 252 }, pdf: true })
 */
export async function renderFigure(
  spec: FigureSpec,
  { paper, scale = paper === undefined ? 2 : 4, pdf = false }: RenderOptions = {},
): Promise<Drawing> {
  const [svg, { Resvg }] = await Promise.all([renderSvg(spec, paper), import('@resvg/resvg-js')])
  const drawing = new Resvg(svg, { fitTo: { mode: 'zoom', value: scale } })
  const png = drawing.render().asPng()
  return pdf ? { svg, png, pdf: await pdfOf(drawing.toString(), paper === undefined ? 1 : 0.75) } : { svg, png }
}

/** @param points points per pixel of the drawing, whose text is outlines */
async function pdfOf(outlines: string, points: number): Promise<Uint8Array> {
  const [{ default: Document }, { default: insert }] = await Promise.all([import('pdfkit'), import('svg-to-pdfkit')])
  const [, width, height] = /width="([\d.]+)" height="([\d.]+)"/.exec(outlines)!
  const size = [points * Number(width), points * Number(height)] as const
  const pages = new Document({ size: [...size], margin: 0, info: { CreationDate: new Date(0) } })
  const parts: Uint8Array[] = []
  pages.on('data', (part: Uint8Array) => parts.push(part))
  const ended = new Promise((resolve) => pages.once('end', resolve))
  // pdfkit refuses a dash without a gap, which is a solid line.
  const solid = outlines.replaceAll(/ stroke-dasharray="[\d.]+[ ,]+0"/g, '')
  insert(pages, solid, 0, 0, { width: size[0], height: size[1] })
  pages.end()
  await ended
  return Buffer.concat(parts)
}
