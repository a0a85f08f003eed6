import type { TopLevelSpec } from 'vega-lite'

/** Draws a specification as SVG, without a browser or a canvas. */
export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  const [vega, lite] = await Promise.all([import('vega'), import('vega-lite')])
  const view = new vega.View(vega.parse(lite.compile(spec).spec), { renderer: 'none', logLevel: vega.Error })
  try {
    return await view.toSVG()
  } finally {
    view.finalize()
  }
}
