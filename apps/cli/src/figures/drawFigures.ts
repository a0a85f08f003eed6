import { basename, join } from 'node:path'
import type { PointSet } from '@spikeward/core'
import { curvesSpec, errorHistogramSpec, lineFieldsSpec, lossSpec, mapFieldsSpec, mapsSpec } from '@spikeward/plots'
import type { ShownFunction } from '@spikeward/plots'
import type { MetricLine } from '@spikeward/train/node'
import type { Measurement, OperatorExperiment, Experiment } from '../experiment/experiment.js'
import { writeFigure } from './writeFigure.js'

type Files = Promise<readonly string[]>

const column = (values: Float64Array, outputs: number): Float64Array => values.filter((_, i) => i % outputs === 0)

/** A function of one or two inputs: curves, or maps of target, prediction and error. */
async function drawPoints(
  folder: string,
  title: string,
  problem: Exclude<Experiment, OperatorExperiment>['problem'],
  points: PointSet,
  prediction: Float64Array,
): Files {
  const target = column(points.y, problem.outputs)
  const found = column(prediction, problem.outputs)
  const [first, second] = problem.domain
  const path = join(folder, 'result')
  if (problem.inputs === 1) return writeFigure(path, curvesSpec({ x: points.x, target, prediction: found }, { title }))
  if (problem.inputs !== 2 || points.grid === null || first === undefined || second === undefined) return []
  const [n = 1, m = 1] = points.grid
  const field = { shape: [n, m] as const, domain: [first, second] as const, values: target }
  return writeFigure(path, mapsSpec({ target: field, prediction: found }, { title }))
}

/** The functions that are shown: the best, the median, the worst. */
function shownOf(perFunction: Float64Array): readonly { readonly index: number; readonly label: string }[] {
  const order = [...perFunction.keys()].sort((a, b) => (perFunction[a] ?? 0) - (perFunction[b] ?? 0))
  const places = [...new Set([0, (order.length - 1) >> 1, order.length - 1])]
  const names = ['best', 'median', 'worst']
  return places.map((place, i) => {
    const index = order[place] ?? 0
    return { index, label: `${places.length < 3 ? 'function' : names[i]}: ${(perFunction[index] ?? 0).toFixed(4)}` }
  })
}

/** Sample functions with prediction and error, and the distribution of the errors of all functions. */
async function drawOperator(
  folder: string,
  title: string,
  { problem }: OperatorExperiment,
  { prediction, perFunction }: Measurement,
  baseline: number | null,
): Files {
  if (perFunction === null) return []
  const errors = await writeFigure(
    join(folder, 'errors'),
    errorHistogramSpec({ errors: perFunction, baseline }, { title }),
  )
  if (problem.at.kind !== 'grid' || perFunction.length === 0) return errors
  const { values } = await problem.data('test')
  const { axes: lines } = problem.at
  const each = values.length / perFunction.length
  const pickField = (from: Float64Array, f: number): Float64Array =>
    column(from.subarray(f * each, (f + 1) * each), problem.outputs)
  const shown: ShownFunction[] = shownOf(perFunction).map(({ index, label }) => ({
    label,
    target: pickField(values, index),
    prediction: pickField(prediction, index),
  }))
  const spec =
    lines.length === 1
      ? lineFieldsSpec({ axis: problem.axes[0] ?? 'x', x: lines[0] ?? new Float64Array(), functions: shown }, { title })
      : mapFieldsSpec({ axes: problem.axes, domain: problem.domain, lines, functions: shown }, { title })
  return [...(await writeFigure(join(folder, 'result'), spec)), ...errors]
}

/**
 * Draws the result of a run into its folder, as SVG and PNG: `result` (of one input: curves; of two on a grid: maps of
 * target, prediction and error; of an operator: three test functions with prediction and error), `errors` (of an
 * operator: the distribution of errors over the functions) and `loss`. Of several outputs the first is drawn.
 *
 * @param baseline error of the untrained network, null if there is none
 * @returns the names of the files
 */
export async function drawFigures(
  folder: string,
  title: string,
  experiment: Experiment,
  measured: Measurement,
  baseline: number | null,
  metrics: readonly MetricLine[],
): Files {
  const result =
    experiment.kind === 'operator'
      ? await drawOperator(folder, title, experiment, measured, baseline)
      : await drawPoints(folder, title, experiment.problem, experiment.problem.points('test'), measured.prediction)
  const losses = metrics.flatMap(({ step, loss }) => (typeof loss === 'number' ? [{ step, loss }] : []))
  const validation = metrics.flatMap(({ step, relativeL2 }) =>
    typeof relativeL2 === 'number' ? [{ step, relativeL2 }] : [],
  )
  const loss =
    losses.length === 0 ? [] : await writeFigure(join(folder, 'loss'), lossSpec({ losses, validation }, { title }))
  return [...result, ...loss].map((path) => basename(path))
}
