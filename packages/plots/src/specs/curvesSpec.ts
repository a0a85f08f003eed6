import { type FigureOptions, type FigureSpec, figure, paletteOf } from '../figureSpec.js'
import type { Palette } from '../palette.js'

/** A target and a prediction over one input. */
export type Curves = {
  readonly x: ArrayLike<number>
  readonly target: ArrayLike<number>
  readonly prediction: ArrayLike<number>
}

/** Width in pixels, and the titles of the axes. */
type CurveLook = { readonly width: number; readonly axis: string; readonly value: string }

/** Target and prediction as two curves, and the error, prediction − target, in a panel of its own. */
export function curvePanels(
  { x, target, prediction }: Curves,
  { ink, series: [main, second] }: Palette,
  { width, axis, value }: CurveLook,
): readonly object[] {
  const order = Array.from({ length: x.length }, (_, i) => i).sort((a, b) => (x[a] ?? 0) - (x[b] ?? 0))
  const rows = order.flatMap((i) => [
    { x: x[i], y: target[i], line: 'target' },
    { x: x[i], y: prediction[i], line: 'prediction' },
  ])
  const errors = order.map((i) => ({ x: x[i], y: (prediction[i] ?? Number.NaN) - (target[i] ?? 0) }))
  const across = { field: 'x', type: 'quantitative', title: axis, scale: { zero: false, nice: false } }
  const lines = ['target', 'prediction']
  const dashes = [
    [5, 3],
    [1, 0],
  ]
  // Beside the curves it would leave a column empty.
  const legend = { orient: 'top' }
  return [
    {
      data: { values: rows },
      width,
      height: width / 2,
      mark: { type: 'line', strokeWidth: 1.5 },
      encoding: {
        x: across,
        y: { field: 'y', type: 'quantitative', title: value, scale: { zero: false } },
        color: { field: 'line', type: 'nominal', title: null, scale: { domain: lines, range: [ink, main] }, legend },
        strokeDash: { field: 'line', type: 'nominal', title: null, scale: { domain: lines, range: dashes }, legend },
      },
    },
    {
      data: { values: errors },
      width,
      height: 110,
      mark: { type: 'line', strokeWidth: 1, color: second },
      encoding: { x: across, y: { field: 'y', type: 'quantitative', title: 'error' } },
    },
  ]
}

/** The curves of a figure, and the titles of its axes. */
export type CurvesFigure = Curves & {
  /** Default: `x`. */
  readonly axis?: string
  /** Default: `y`. */
  readonly value?: string
}

/**
 * A target and a prediction over one input as two curves, and their difference below them.
 *
 * @example
 * const spec = curvesSpec({ x: [0, 1], target: [0, 1], prediction: [0.1, 0.9] }, { title: 'a line' })
 */
export function curvesSpec(curves: CurvesFigure, options: FigureOptions = {}): FigureSpec {
  const { axis = 'x', value = 'y' } = curves
  return figure(options, { vconcat: curvePanels(curves, paletteOf(options), { width: 480, axis, value }) })
}
