import { join } from 'node:path'
import type { OperatorData, OperatorProblem, PointSet } from '@spikeward/core'
import {
  curvesSpec,
  errorHistogramSpec,
  lineChartSpec,
  lineFieldsSpec,
  mapFieldsSpec,
  mapSpec,
  mapsSpec,
  paritySpec,
  pointMapsSpec,
} from '@spikeward/plots'
import type { FigureSpec, ShownFunction } from '@spikeward/plots'
import type { Experiment, Measurement, OperatorExperiment, Split } from '../experiment/experiment.js'
import { writeFigure } from './writeFigure.js'
import { errorText } from '../io/errorText.js'

/** Where figures go: the folder, the names of the files without their ending, and the title. */
export type Place = {
  readonly folder: string
  readonly result: string
  readonly errors: string
  readonly title: string
}

/** What was measured: points, or functions of an operator at its points. */
export type MeasuredOn =
  | { readonly kind: 'points'; readonly points: PointSet }
  | { readonly kind: 'functions'; readonly problem: OperatorProblem; readonly data: OperatorData }

/** A split of a run. */
export const splitOf = async (experiment: Experiment, split: Split): Promise<MeasuredOn> =>
  experiment.kind === 'operator'
    ? { kind: 'functions', problem: experiment.problem, data: await experiment.problem.data(split) }
    : { kind: 'points', points: experiment.problem.points(split) }

/** The figures of a measurement; null where there is nothing to draw. */
export type ResultSpecs = { readonly result: FigureSpec | null; readonly errors: FigureSpec | null }

const column = (values: Float64Array, outputs: number): Float64Array => values.filter((_, i) => i % outputs === 0)

/**
 * A function of points: of one input curves, of two maps, of more each prediction over its target. Where no target is known, such as
 * of an equation without an exact solution, the prediction alone.
 */
function ofPoints(
  problem: Exclude<Experiment, OperatorExperiment>['problem'],
  points: PointSet,
  prediction: Float64Array,
  title: string,
): FigureSpec | null {
  const target = column(points.y, problem.outputs)
  const found = column(prediction, problem.outputs)
  const known = !target.every(Number.isNaN)
  const options = { title }
  if (problem.inputs === 1) {
    if (known) return curvesSpec({ x: points.x, target, prediction: found }, options)
    const curve = Array.from(found, (y, i) => ({ x: points.x[i]!, y, line: 'prediction' })).sort((a, b) => a.x - b.x)
    return lineChartSpec({ points: curve, x: { title: 'x', log: false }, y: { title: 'u', log: false } }, options)
  }
  if (problem.inputs !== 2) return known ? paritySpec({ target, prediction: found }, options) : null
  const named = 'axes' in problem ? { names: [problem.axes[0] ?? 'x', problem.axes[1] ?? 'y'] as const } : {}
  const [first, second] = problem.domain
  if (points.grid === null || first === undefined || second === undefined)
    return pointMapsSpec({ points: points.x, target: known ? target : null, prediction: found, ...named }, options)
  const [n = 1, m = 1] = points.grid
  const on = { shape: [n, m] as const, domain: [first, second] as const }
  return known
    ? mapsSpec({ target: { ...on, values: target }, prediction: found, ...named }, options)
    : mapSpec({ prediction: { ...on, values: found }, ...named }, options)
}

/** The functions that are shown: the best, the median, the worst. */
function shownOf(perFunction: Float64Array): readonly { readonly index: number; readonly label: string }[] {
  const order = [...perFunction.keys()].sort((a, b) => (perFunction[a] ?? 0) - (perFunction[b] ?? 0))
  const places = [...new Set([0, (order.length - 1) >> 1, order.length - 1])]
  const names = ['best', 'median', 'worst']
  return places.map((place, i) => {
    const index = order[place] ?? 0
    return { index, label: `${places.length < 3 ? 'function' : names[i]}: ${errorText(perFunction[index] ?? 0)}` }
  })
}

/** Sample functions with prediction and error, and the distribution of the errors of all functions. */
function ofFunctions(
  problem: OperatorProblem,
  { values }: OperatorData,
  { prediction, perFunction }: Measurement,
  baseline: number | null,
  title: string,
): ResultSpecs {
  if (perFunction === null) return { result: null, errors: null }
  const errors = errorHistogramSpec({ errors: perFunction, baseline }, { title })
  if (problem.at.kind !== 'grid' || perFunction.length === 0) return { result: null, errors }
  const { axes: lines } = problem.at
  const each = values.length / perFunction.length
  const pickField = (from: Float64Array, f: number): Float64Array =>
    column(from.subarray(f * each, (f + 1) * each), problem.outputs)
  const functions: ShownFunction[] = shownOf(perFunction).map(({ index, label }) => ({
    label,
    target: pickField(values, index),
    prediction: pickField(prediction, index),
  }))
  const result =
    lines.length === 1
      ? lineFieldsSpec({ axis: problem.axes[0] ?? 'x', x: lines[0] ?? new Float64Array(), functions }, { title })
      : mapFieldsSpec({ axes: problem.axes, domain: problem.domain, lines, functions }, { title })
  return { result, errors }
}

/**
 * The figures of a measurement: the result (of one input: curves; of two: maps of target, prediction and error; of more:
 * predictions over targets; of an operator: three functions with prediction and error) and, of an operator, the distribution of errors over
 * the functions. Of several outputs the first is drawn.
 *
 * @param baseline error of the untrained network, null if there is none
 */
export function resultSpecs(
  experiment: Experiment,
  on: MeasuredOn,
  measured: Measurement,
  baseline: number | null,
  title: string,
): ResultSpecs {
  if (on.kind === 'functions') return ofFunctions(on.problem, on.data, measured, baseline, title)
  if (experiment.kind === 'operator') return { result: null, errors: null }
  return { result: ofPoints(experiment.problem, on.points, measured.prediction, title), errors: null }
}

/** Draws {@link resultSpecs} as SVG and PNG; returns the paths of the files. */
export async function drawResult(
  { folder, title, ...names }: Place,
  experiment: Experiment,
  on: MeasuredOn,
  measured: Measurement,
  baseline: number | null,
): Promise<readonly string[]> {
  const { result, errors } = resultSpecs(experiment, on, measured, baseline, title)
  return [
    ...(result === null ? [] : await writeFigure(join(folder, names.result), result)),
    ...(errors === null ? [] : await writeFigure(join(folder, names.errors), errors)),
  ]
}
