import type { TopLevelSpec } from 'vega-lite'
import { look } from './render.js'

/** One error in the figure: of one of our runs, or the paper's. */
export type ReproducedPoint = {
  readonly method: string
  readonly kind: string
  readonly error: number
}

/**
 * Every run's error next to the paper's number, by method; a dashed line shows the untrained network.
 *
 * @param measure which error it is, for the axis
 */
export function reproductionSpec(
  title: string,
  measure: string,
  points: readonly ReproducedPoint[],
  kinds: readonly string[],
  untrained: number | null,
): TopLevelSpec {
  const methods = [...new Set(points.map((p) => p.method))]
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: {
      text: title,
      subtitle: untrained === null ? [] : ['dashed: untrained with a ridge readout'],
      anchor: 'middle',
    },
    config: look,
    width: 480,
    height: 280,
    layer: [
      {
        data: { values: points.filter((p) => p.error > 0) },
        mark: { type: 'point', filled: true, size: 60, opacity: 0.8 },
        encoding: {
          x: { field: 'method', type: 'nominal', title: null, sort: methods, axis: { labelAngle: 0, labelLimit: 200 } },
          xOffset: { field: 'kind', type: 'nominal', sort: [...kinds] },
          y: { field: 'error', type: 'quantitative', title: measure, scale: { type: 'log' } },
          color: {
            field: 'kind',
            type: 'nominal',
            title: null,
            scale: { domain: [...kinds], scheme: 'category10' },
            legend: { orient: 'bottom', labelLimit: 300 },
          },
          shape: { field: 'kind', type: 'nominal', title: null, scale: { domain: [...kinds] } },
        },
      },
      ...(untrained === null
        ? []
        : [
            {
              data: { values: [{ error: untrained }] },
              mark: { type: 'rule', strokeDash: [4, 3], color: '#555' },
              encoding: { y: { field: 'error', type: 'quantitative' } },
            },
          ]),
    ],
  }
  return spec as TopLevelSpec
}
