import type { TopLevelSpec } from 'vega-lite'
import { look } from './render.js'

/** A moment of one run of an estimator. */
export type CurvePoint = { readonly line: string; readonly run: string; readonly x: number; readonly error: number }

function panel(title: string, points: readonly CurvePoint[], lines: readonly string[], rule: number | null): object {
  return {
    width: 360,
    height: 280,
    layer: [
      {
        data: { values: points },
        mark: { type: 'line', strokeWidth: 1.2, opacity: 0.8 },
        encoding: {
          x: { field: 'x', type: 'quantitative', title, scale: { type: 'log', nice: false } },
          y: {
            field: 'error',
            type: 'quantitative',
            title: 'relative L2 on the validation points',
            scale: { type: 'log' },
          },
          color: {
            field: 'line',
            type: 'nominal',
            title: null,
            sort: [...lines],
            scale: { domain: [...lines], scheme: 'category10' },
            legend: { orient: 'bottom', columns: 2, labelLimit: 400 },
          },
          detail: { field: 'run' },
        },
      },
      ...(rule === null
        ? []
        : [
            {
              data: { values: [{ error: rule }] },
              mark: { type: 'rule', strokeDash: [4, 3], color: '#555' },
              encoding: { y: { field: 'error', type: 'quantitative' } },
            },
          ]),
    ],
  }
}

/** Panels of error against several quantities, all axes logarithmic; a dashed line shows the untrained network. */
export function comparisonSpec(
  title: string,
  panels: readonly { readonly title: string; readonly points: readonly CurvePoint[] }[],
  lines: readonly string[],
  untrained: number | null,
): TopLevelSpec {
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: {
      text: title,
      subtitle: untrained === null ? [] : ['dashed: untrained with a ridge readout'],
      anchor: 'middle',
    },
    config: look,
    hconcat: panels.map((p) =>
      panel(
        p.title,
        p.points.filter(({ x, error }) => x > 0 && error > 0),
        lines,
        untrained,
      ),
    ),
  }
  return spec as TopLevelSpec
}
