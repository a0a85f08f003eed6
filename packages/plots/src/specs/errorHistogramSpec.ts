import { type FigureOptions, type FigureSpec, figure, paletteOf } from '../figureSpec.js'
import { extent, logScale } from './scales.js'

/** Bars of the histogram. */
const BARS = 30

/** Counts in bins of equal ratio, from the smallest error to the largest. */
function binned(errors: readonly number[]): { from: number; to: number; functions: number }[] {
  if (errors.length === 0) return []
  const [low, high] = extent(errors)
  const ratio = (high / low) ** (1 / BARS)
  if (!(ratio > 1)) return [{ from: low * 0.9, to: low * 1.1, functions: errors.length }]
  const counts = new Array<number>(BARS).fill(0)
  for (const e of errors) counts[Math.min(BARS - 1, Math.floor(Math.log(e / low) / Math.log(ratio)))]! += 1
  return counts.map((functions, i) => ({ from: low * ratio ** i, to: low * ratio ** (i + 1), functions }))
}

/** The relative L2 error of every test function, and that of an untrained network with a ridge readout. */
export type FunctionErrors = { readonly errors: ArrayLike<number>; readonly baseline?: number | null }

/**
 * A histogram of the relative L2 errors of functions; lines mark their mean, if there are errors, and the untrained
 * network.
 */
export function errorHistogramSpec(
  { errors, baseline = null }: FunctionErrors,
  options: FigureOptions = {},
): FigureSpec {
  const { series, ink, background } = paletteOf(options)
  const all = Array.from(errors)
  const mean = all.reduce((a, b) => a + b, 0) / all.length
  const lines = [
    ...(all.length === 0 ? [] : [{ at: mean, line: `mean ${mean.toPrecision(3)}` }]),
    ...(baseline === null ? [] : [{ at: baseline, line: `untrained with a ridge readout ${baseline.toPrecision(3)}` }]),
  ]
  const scale = logScale([...all, ...lines.map(({ at }) => at)])
  return figure(options, {
    width: 480,
    height: 240,
    layer: [
      {
        data: { values: binned(all.filter((e) => Number.isFinite(e) && e > 0)) },
        mark: { type: 'rect', color: series[1], stroke: background, strokeWidth: 0.5 },
        encoding: {
          x: { field: 'from', type: 'quantitative', scale, title: 'relative L2 of a test function' },
          x2: { field: 'to' },
          y: { field: 'functions', type: 'quantitative', title: 'functions', axis: { tickMinStep: 1 } },
          y2: { datum: 0 },
        },
      },
      {
        data: { values: lines },
        mark: { type: 'rule', strokeWidth: 1.5, strokeDash: [4, 3] },
        encoding: {
          x: { field: 'at', type: 'quantitative' },
          color: {
            field: 'line',
            type: 'nominal',
            title: null,
            scale: { domain: lines.map(({ line }) => line), range: all.length === 0 ? [ink] : [series[0], ink] },
            legend: { orient: 'bottom', symbolDash: [4, 3] },
          },
        },
      },
    ],
  })
}
