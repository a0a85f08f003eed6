import type { TopLevelSpec } from 'vega-lite'

/** A figure of a report. */
export type Figure = { readonly title: string; readonly spec: TopLevelSpec }

/** A point of a line chart. */
export type Point = { readonly x: number; readonly y: number; readonly line: string }

/** What an axis shows. */
export type Axis = { readonly title: string; readonly log: boolean }

const look = {
  background: 'white',
  font: 'DejaVu Sans, Liberation Sans, Helvetica, Arial, sans-serif',
  axis: { grid: true, gridColor: '#eee', labelFontSize: 10, titleFontSize: 11 },
  view: { stroke: '#888' },
} as const

/** Lines with points, one colour per line; on a logarithmic axis only positive values are drawn. */
export function lines(title: string, points: readonly Point[], x: Axis, y: Axis): Figure {
  const drawn = points.filter((p) => (!x.log || p.x > 0) && (!y.log || p.y > 0))
  const encode = <F extends 'x' | 'y'>({ title: name, log }: Axis, field: F) => ({
    field,
    type: 'quantitative' as const,
    title: name,
    scale: log ? { type: 'log' as const, nice: false } : { zero: field === 'y' },
  })
  return {
    title,
    spec: {
      $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
      config: look,
      data: { values: drawn.map((p) => ({ ...p })) },
      width: 480,
      height: 280,
      mark: { type: 'line', point: true, strokeWidth: 1.5 },
      encoding: {
        x: encode(x, 'x'),
        y: encode(y, 'y'),
        color: { field: 'line', type: 'nominal', title: null, legend: { labelLimit: 320 } },
      },
    },
  }
}

/** Bars, one per name. */
export function bars(title: string, values: readonly { name: string; value: number }[], what: string): Figure {
  return {
    title,
    spec: {
      $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
      config: look,
      data: { values: values.map((v) => ({ ...v })) },
      width: 480,
      mark: { type: 'bar', color: '#1b6ca8' },
      encoding: {
        y: { field: 'name', type: 'nominal', title: null, sort: null, axis: { labelLimit: 360 } },
        x: { field: 'value', type: 'quantitative', title: what },
      },
    },
  }
}

/** Draws a figure as SVG without a page. */
export async function drawSvg({ spec }: Figure): Promise<string> {
  const [vega, lite] = await Promise.all([import('vega'), import('vega-lite')])
  const view = new vega.View(vega.parse(lite.compile(spec).spec), { renderer: 'none', logLevel: vega.Error })
  const svg = await view.toSVG()
  view.finalize()
  return svg
}
