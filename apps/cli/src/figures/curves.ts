import type { TopLevelSpec } from 'vega-lite'
import { look } from './render.js'

type Row = { readonly x: number; readonly y: number; readonly line: string }

/** Width in pixels, and the axis title. */
type CurveLook = { readonly width: number; readonly axis: string; readonly value: string }

/** A target and a prediction over one input as two curves, and the error in a separate panel. */
export function curvePanels(
  x: ArrayLike<number>,
  target: ArrayLike<number>,
  prediction: ArrayLike<number>,
  { width, axis, value }: CurveLook = { width: 480, axis: 'x', value: 'y' },
): object[] {
  const order = Array.from({ length: x.length }, (_, i) => i).sort((a, b) => (x[a] ?? 0) - (x[b] ?? 0))
  const rows: Row[] = order.flatMap((i) => [
    { x: x[i] ?? 0, y: target[i] ?? 0, line: 'target' },
    { x: x[i] ?? 0, y: prediction[i] ?? 0, line: 'prediction' },
  ])
  const errors: Row[] = order.map((i) => ({ x: x[i] ?? 0, y: (prediction[i] ?? 0) - (target[i] ?? 0), line: 'error' }))
  const across = { field: 'x', type: 'quantitative', title: axis, scale: { zero: false, nice: false } }
  const lines = ['target', 'prediction']
  const dashes = [
    [5, 3],
    [1, 0],
  ]
  return [
    {
      data: { values: rows },
      width,
      height: width / 2,
      mark: { type: 'line', strokeWidth: 1.5 },
      encoding: {
        x: across,
        y: { field: 'y', type: 'quantitative', title: value, scale: { zero: false } },
        color: { field: 'line', type: 'nominal', title: null, scale: { domain: lines, range: ['#555', '#d95f02'] } },
        strokeDash: { field: 'line', type: 'nominal', title: null, scale: { domain: lines, range: dashes } },
      },
    },
    {
      data: { values: errors },
      width,
      height: 90,
      mark: { type: 'line', strokeWidth: 1, color: '#1b6ca8' },
      encoding: { x: across, y: { field: 'y', type: 'quantitative', title: 'prediction − target' } },
    },
  ]
}

/** A target and a prediction over one input as two curves, the error below them. */
export function curvesSpec(
  title: string,
  x: ArrayLike<number>,
  target: ArrayLike<number>,
  prediction: ArrayLike<number>,
): TopLevelSpec {
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: title, anchor: 'middle' },
    config: look,
    vconcat: curvePanels(x, target, prediction),
  }
  return spec as TopLevelSpec
}

/** The loss over the steps on a logarithmic axis, with the validation error if there is one. */
export function lossSpec(
  title: string,
  losses: readonly { readonly step: number; readonly loss: number }[],
  validation: readonly { readonly step: number; readonly relativeL2: number }[] = [],
): TopLevelSpec {
  const rows = [
    ...thin(losses.filter((p) => p.loss > 0)).map((p) => ({ x: p.step, y: p.loss, line: 'training loss' })),
    ...validation
      .filter((p) => p.relativeL2 > 0)
      .map((p) => ({ x: p.step, y: p.relativeL2, line: 'validation relative L2' })),
  ]
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: title, anchor: 'middle' },
    config: look,
    data: { values: rows },
    width: 480,
    height: 260,
    mark: { type: 'line', strokeWidth: 1.2 },
    encoding: {
      x: { field: 'x', type: 'quantitative', title: 'step', scale: { nice: false } },
      y: { field: 'y', type: 'quantitative', title: null, scale: { type: 'log' } },
      color: {
        field: 'line',
        type: 'nominal',
        title: null,
        scale: { domain: ['training loss', 'validation relative L2'], range: ['#1b6ca8', '#d95f02'] },
        legend: { orient: 'bottom', labelLimit: 300 },
      },
    },
  }
}

/** At most about 1000 points of a long series, each the mean of its neighbourhood. */
function thin(points: readonly { readonly step: number; readonly loss: number }[]): { step: number; loss: number }[] {
  const width = Math.max(1, Math.ceil(points.length / 1000))
  const out: { step: number; loss: number }[] = []
  for (let i = 0; i < points.length; i += width) {
    const group = points.slice(i, i + width)
    const mean = (f: (p: { step: number; loss: number }) => number): number =>
      group.reduce((sum, p) => sum + f(p), 0) / group.length
    out.push({ step: Math.round(mean((p) => p.step)), loss: mean((p) => p.loss) })
  }
  return out
}
