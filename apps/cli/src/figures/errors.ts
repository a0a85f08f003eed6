import type { TopLevelSpec } from 'vega-lite'
import { look } from './render.js'

/** Bars of the histogram. */
const BARS = 30

/** Counts in bins of equal ratio from the least error to the largest. */
function binned(errors: readonly number[]): { from: number; to: number; functions: number }[] {
  const [low, high] = [Math.min(...errors), Math.max(...errors)]
  const ratio = (high / low) ** (1 / BARS)
  if (!(ratio > 1)) return [{ from: low * 0.9, to: low * 1.1, functions: errors.length }]
  const counts = new Array<number>(BARS).fill(0)
  for (const e of errors) counts[Math.min(BARS - 1, Math.floor(Math.log(e / low) / Math.log(ratio)))]! += 1
  return counts.map((functions, i) => ({ from: low * ratio ** i, to: low * ratio ** (i + 1), functions }))
}

/** A histogram of the relative L2 errors of functions; lines mark their mean and the untrained network. */
export function errorsSpec(title: string, errors: Float64Array, baseline: number | null): TopLevelSpec {
  const mean = errors.reduce((a, b) => a + b, 0) / errors.length
  const lines = [
    { at: mean, line: `mean ${mean.toPrecision(3)}` },
    ...(baseline === null ? [] : [{ at: baseline, line: `untrained with a ridge readout ${baseline.toPrecision(3)}` }]),
  ]
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: title, anchor: 'middle' },
    config: look,
    width: 480,
    height: 240,
    layer: [
      {
        data: { values: binned([...errors].filter((e) => Number.isFinite(e) && e > 0)) },
        mark: { type: 'rect', color: '#1b6ca8', stroke: 'white', strokeWidth: 0.5 },
        encoding: {
          x: { field: 'from', type: 'quantitative', scale: { type: 'log' }, title: 'relative L2 of a test function' },
          x2: { field: 'to' },
          y: { field: 'functions', type: 'quantitative', title: 'functions' },
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
            scale: { domain: lines.map(({ line }) => line), range: ['#d95f02', '#555'] },
            legend: { orient: 'bottom', labelLimit: 400 },
          },
        },
      },
    ],
  }
}
