import { type FigureOptions, type FigureSpec, figure, paletteOf } from '../figureSpec.js'
import { distinctLines } from './scales.js'

/** A point of a line chart. */
export type ChartPoint = { readonly x: number; readonly y: number; readonly line: string }

/** Title and scale of an axis. */
export type ChartAxis = { readonly title: string; readonly log: boolean }

/** Points of lines, and both axes. */
export type LineChart = { readonly points: readonly ChartPoint[]; readonly x: ChartAxis; readonly y: ChartAxis }

/** Lines with points, one colour or dash per line; on a logarithmic axis only positive values are drawn. */
export function lineChartSpec({ points, x, y }: LineChart, options: FigureOptions = {}): FigureSpec {
  const palette = paletteOf(options)
  const visible = points.filter((p) => (!x.log || p.x > 0) && (!y.log || p.y > 0))
  const encode = ({ title, log }: ChartAxis, field: 'x' | 'y'): object => ({
    field,
    type: 'quantitative',
    title,
    // At a single value, Vega would label the axis with six decimals.
    ...(new Set(visible.map((p) => p[field])).size === 1 ? { axis: { format: '~g' } } : {}),
    scale: log ? { type: 'log', nice: false } : { zero: field === 'y' },
  })
  const lines = [...new Set(points.map(({ line }) => line))].sort()
  return figure(options, {
    data: { values: visible },
    width: 480,
    height: 280,
    mark: { type: 'line', point: true, strokeWidth: 1.5 },
    encoding: {
      x: encode(x, 'x'),
      y: encode(y, 'y'),
      ...distinctLines(lines, palette, { orient: 'right' }),
    },
  })
}

/** Bars by name; `measure` is the title of their axis. */
export type BarChart = {
  readonly bars: readonly { readonly name: string; readonly value: number }[]
  readonly measure: string
}

/** Horizontal bars, one per name, in the given order. */
export function barChartSpec({ bars, measure }: BarChart, options: FigureOptions = {}): FigureSpec {
  const { series } = paletteOf(options)
  return figure(options, {
    data: { values: [...bars] },
    width: 480,
    mark: { type: 'bar', color: series[1] },
    encoding: {
      y: { field: 'name', type: 'nominal', title: null, sort: null, axis: { labelLimit: 360 } },
      x: { field: 'value', type: 'quantitative', title: measure },
    },
  })
}
