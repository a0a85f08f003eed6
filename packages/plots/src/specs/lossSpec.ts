import { type FigureOptions, type FigureSpec, figure, paletteOf } from '../figureSpec.js'
import { extent, logScale } from './scales.js'

/** Losses and errors that were measured during a run. */
export type TrainingHistory = {
  readonly losses: readonly { readonly step: number; readonly loss: number }[]
  /** Errors on the validation points: relative L2 errors, or the residual of an equation without a known solution. */
  readonly validation?: readonly {
    readonly step: number
    readonly relativeL2: number
    readonly measure?: 'residual' | undefined
  }[]
}

type Row = { readonly x: number; readonly y: number }

/** The largest number of points in a line. */
const MAX_POINTS = 1000

/** At most {@link MAX_POINTS} points of a long series, each the mean of its neighbourhood. */
function thinned(rows: readonly Row[]): readonly Row[] {
  const width = Math.max(1, Math.ceil(rows.length / MAX_POINTS))
  if (width === 1) return rows
  return Array.from({ length: Math.ceil(rows.length / width) }, (_, i) => {
    const group = rows.slice(i * width, (i + 1) * width)
    const mean = (of: 'x' | 'y'): number => group.reduce((sum, row) => sum + row[of], 0) / group.length
    return { x: Math.round(mean('x')), y: mean('y') }
  })
}

/**
 * Loss and validation error over the steps, each on a logarithmic axis of its own: they have different units. Values
 * that are not positive are left out.
 *
 * @example
 * const spec = lossSpec({ losses: [{ step: 1, loss: 0.5 }, { step: 2, loss: 0.4 }] }, { title: 'a run' })
 */
export function lossSpec({ losses, validation = [] }: TrainingHistory, options: FigureOptions = {}): FigureSpec {
  const { series } = paletteOf(options)
  const steps = [...losses, ...validation].map(({ step }) => step)
  const domain = extent(steps)
  const panel = (title: string, rows: readonly Row[], height: number, color: string, point: boolean): object => ({
    data: { values: thinned(rows.filter(({ y }) => y > 0)) },
    width: 480,
    height,
    mark: { type: 'line', strokeWidth: 1.2, color, ...(point ? { point: { color, size: 18 } } : {}) },
    encoding: {
      x: { field: 'x', type: 'quantitative', title: 'step', scale: { domain, nice: false } },
      y: { field: 'y', type: 'quantitative', title, scale: logScale(rows.map(({ y }) => y)) },
    },
  })
  const measured = validation[0]?.measure ?? 'relative L2'
  const errors = validation.map(({ step, relativeL2 }) => ({ x: step, y: relativeL2 }))
  return figure(options, {
    vconcat: [
      panel(
        'training loss',
        losses.map(({ step, loss }) => ({ x: step, y: loss })),
        170,
        series[1],
        false,
      ),
      ...(errors.length === 0 ? [] : [panel(`validation ${measured}`, errors, 130, series[0], errors.length <= 60)]),
    ],
  })
}
