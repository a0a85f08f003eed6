import { writeWhole } from '@spikeward/core/node'
import type { TopLevelSpec } from 'vega-lite'

/** One drawing in both forms: SVG text, and PNG bytes at twice the size. */
export type Drawing = { readonly svg: string; readonly png: Uint8Array }

/** The common style of all figures. */
export const look = {
  background: 'white',
  font: 'DejaVu Sans, Liberation Sans, Helvetica, Arial, sans-serif',
  axis: { grid: false, labelFontSize: 10, titleFontSize: 11 },
  view: { stroke: '#888' },
  title: { fontSize: 13, fontWeight: 'normal' },
} as const

/** Draws a vega-lite specification without a browser or a canvas. */
export async function render(spec: TopLevelSpec): Promise<Drawing> {
  const [vega, lite, { Resvg }] = await Promise.all([import('vega'), import('vega-lite'), import('@resvg/resvg-js')])
  const view = new vega.View(vega.parse(lite.compile(spec).spec), { renderer: 'none', logLevel: vega.Error })
  const svg = await view.toSVG()
  view.finalize()
  const png = new Resvg(svg, { background: 'white', fitTo: { mode: 'zoom', value: 2 } }).render().asPng()
  return { svg, png }
}

/**
 * Draws and writes `path`.svg and `path`.png atomically; returns the two paths.
 *
 * @throws DISK_FULL
 */
export async function writeFigure(path: string, spec: TopLevelSpec): Promise<readonly string[]> {
  const { svg, png } = await render(spec)
  await writeWhole(`${path}.svg`, svg)
  await writeWhole(`${path}.png`, png)
  return [`${path}.svg`, `${path}.png`]
}
