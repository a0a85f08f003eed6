import { type FigureOptions, type FigureSpec, figure, paletteOf } from '../figureSpec.js'
import type { Palette } from '../palette.js'
import { distinctLines, logScale } from './scales.js'

/** One measurement of a run. `line` groups the runs of one contender, such as an estimator. */
export type ComparedPoint = { readonly line: string; readonly run: string; readonly x: number; readonly error: number }

/** Runs to compare: panels over several quantities, the lines in order, and the error of the untrained network. */
export type Comparison = {
  /** Title of the axis of errors. Default: the relative L2 error on the validation points. */
  readonly measure?: string
  readonly panels: readonly { readonly title: string; readonly points: readonly ComparedPoint[] }[]
  readonly lines: readonly string[]
  readonly untrained: number | null
}

const ruleAt = (error: number, { quiet }: Palette): object => ({
  data: { values: [{ error }] },
  mark: { type: 'rule', strokeDash: [4, 3], color: quiet },
  encoding: { y: { field: 'error', type: 'quantitative' } },
})

/** The subtitle that explains the dashed line. */
const dashed = (untrained: number | null): readonly string[] =>
  untrained === null ? [] : ['dashed: untrained with a ridge readout']

/** Panels of error against several quantities, all axes logarithmic; a dashed line shows the untrained network. */
export function comparisonSpec(
  { panels, lines, untrained, measure = 'relative L2 on the validation points' }: Comparison,
  options: FigureOptions = {},
): FigureSpec {
  const palette = paletteOf(options)
  const errors = logScale([...panels.flatMap(({ points }) => points.map((p) => p.error)), untrained ?? Number.NaN])
  const draw = ({ title, points }: Comparison['panels'][number]): object => ({
    width: 360,
    height: 280,
    layer: [
      {
        data: { values: points.filter(({ x, error }) => x > 0 && error > 0) },
        mark: { type: 'line', strokeWidth: 1.2, opacity: 0.8 },
        encoding: {
          x: { field: 'x', type: 'quantitative', title, scale: { type: 'log', nice: false } },
          y: {
            field: 'error',
            type: 'quantitative',
            title: measure,
            scale: errors,
          },
          ...distinctLines(lines, palette, { columns: 2 }),
          detail: { field: 'run' },
        },
      },
      ...(untrained === null ? [] : [ruleAt(untrained, palette)]),
    ],
  })
  return figure(options, { hconcat: panels.map(draw) }, dashed(untrained))
}

/** One error in a figure that reproduces a paper: that of one of our runs, or the paper's. */
export type ReproducedPoint = { readonly method: string; readonly kind: string; readonly error: number }

/** Errors by method and kind; `measure` names the error. */
export type Reproduction = {
  readonly measure: string
  readonly points: readonly ReproducedPoint[]
  readonly kinds: readonly string[]
  readonly untrained: number | null
}

/** Shapes of the kinds, in order. */
const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'cross']

/** Every run's error next to the paper's number, by method; a dashed line shows the untrained network. */
export function reproductionSpec(
  { measure, points, kinds, untrained }: Reproduction,
  options: FigureOptions = {},
): FigureSpec {
  const palette = paletteOf(options)
  const legend = { orient: 'bottom' }
  const methods = [...new Set(points.map((p) => p.method))]
  const room = Math.max(90, 480 / Math.max(1, methods.length))
  const spec = {
    width: room * methods.length,
    height: 280,
    layer: [
      {
        data: { values: points.filter((p) => p.error > 0) },
        mark: { type: 'point', filled: true, size: 60, opacity: 0.8 },
        encoding: {
          x: {
            field: 'method',
            type: 'nominal',
            title: null,
            sort: methods,
            axis: { labelAngle: 0, labelLimit: room - 8, labelOverlap: false },
          },
          xOffset: { field: 'kind', type: 'nominal', sort: [...kinds] },
          y: {
            field: 'error',
            type: 'quantitative',
            title: measure,
            scale: logScale([...points.map((p) => p.error), untrained ?? Number.NaN]),
          },
          color: {
            field: 'kind',
            type: 'nominal',
            title: null,
            scale: { domain: [...kinds], range: kinds.map((_, i) => palette.series[i % palette.series.length]) },
            legend,
          },
          shape: { field: 'kind', type: 'nominal', title: null, scale: { domain: [...kinds], range: SHAPES }, legend },
        },
      },
      ...(untrained === null ? [] : [ruleAt(untrained, palette)]),
    ],
  }
  return figure(options, spec, dashed(untrained))
}
