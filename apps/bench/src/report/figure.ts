import { barChartSpec, lineChartSpec } from '@spikeward/plots'
import type { ChartAxis, ChartPoint, FigureSpec } from '@spikeward/plots'
import { renderSvg } from '@spikeward/plots/node'

export type Figure = { readonly title: string; readonly spec: FigureSpec }

/** Lines with points, one colour or dash per line; on a logarithmic axis only positive values are drawn. */
export const lines = (title: string, points: readonly ChartPoint[], x: ChartAxis, y: ChartAxis): Figure => ({
  title,
  spec: lineChartSpec({ points, x, y }),
})

export const bars = (
  title: string,
  values: readonly { readonly name: string; readonly value: number }[],
  measure: string,
): Figure => ({ title, spec: barChartSpec({ bars: values, measure }) })

export const drawSvg = ({ spec }: Figure): Promise<string> => renderSvg(spec)
