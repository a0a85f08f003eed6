import type { MeasuredOn, Measurement, Names } from '../assembly/experiment.js'
import { errorText, withoutPath } from '../io/texts.js'
import { usageError } from '../usage/usageError.js'
import type { RolloutMeasures } from '@spikeward/train'
import type { OperatorData, OperatorProblem, PinnProblem, PointSet, Sensors } from '@spikeward/core'
import {
  curvesSpec,
  errorHistogramSpec,
  lineChartSpec,
  lineFieldsSpec,
  mapFieldsSpec,
  mapSpec,
  mapsSpec,
  panelsSpec,
  paritySpec,
  pointMapsSpec,
} from '@spikeward/plots'
import type { FigureSpec, ShownInput, ShownFunction } from '@spikeward/plots'

/** Outputs of which a figure has a panel each: more would make a picture that no screen shows. */
const MAX_OUTPUTS = 6

export type ResultSpecs = { readonly result: FigureSpec | null; readonly errors: FigureSpec | null }

/** The title of a figure, and units by the name of an axis, an input or an output. */
export type FigureLabels = { readonly title: string; readonly units?: Units | undefined }

export type Units = Readonly<Record<string, string>>

type DrawnProblem = Pick<PinnProblem, 'outputs' | 'domain' | 'shape'>

type Labels = { readonly title: string; readonly names: Names; readonly unit: (name: string) => string }

/** Names with their units: `x (m)`. */
function withUnits(units: Units, known: readonly string[]): (name: string) => string {
  const wrong = Object.keys(units).find((name) => !known.includes(name))
  if (wrong === undefined) return (name) => (Object.hasOwn(units, name) ? `${name} (${units[name]})` : name)
  throw usageError('CLI_BAD_VALUE', `--units ${wrong}: the figures of this run show ${known.join(', ')}`)
}

const outputOf = (values: Float64Array, outputs: number, output: number): Float64Array =>
  outputs === 1 ? values : values.filter((_, i) => i % outputs === output)

/**
 * The figure of the only output; of several, a panel for each of the first {@link MAX_OUTPUTS}, one below the other.
 */
function eachOutput(
  { title, names }: Labels,
  draw: (output: number, options: { readonly title?: string }) => FigureSpec | null,
): FigureSpec | null {
  const { outputs } = names
  if (outputs.length === 1) return draw(0, { title })
  const panels = outputs.slice(0, MAX_OUTPUTS).flatMap((label, output) => {
    const spec = draw(output, {})
    return spec === null ? [] : [{ label: `output ${label}`, spec }]
  })
  if (panels.length === 0) return null
  const some = outputs.length > MAX_OUTPUTS ? `${title}; the first ${MAX_OUTPUTS} of ${outputs.length} outputs` : title
  return panelsSpec(panels, { title: some })
}

/**
 * The figure of one output of a function of points: curves for one input, maps for two, and predictions against targets
 * for more. If no target is known, as for an equation without an exact solution, it shows the prediction alone.
 */
function ofPoints(
  problem: DrawnProblem,
  points: PointSet,
  prediction: Float64Array,
  { inputs, outputs }: Names,
  output: number,
  options: { readonly title?: string },
): FigureSpec | null {
  const target = outputOf(points.y, problem.outputs, output)
  const predicted = outputOf(prediction, problem.outputs, output)
  const known = !target.every(Number.isNaN)
  const [axis = 'x', other = 'y'] = inputs
  const value = outputs[output] ?? 'u'
  if (inputs.length === 1) {
    if (known) return curvesSpec({ x: points.x, target, prediction: predicted, axis, value }, options)
    const curve = Array.from(predicted, (y, i) => ({ x: points.x[i]!, y, line: 'prediction' })).sort(
      (a, b) => a.x - b.x,
    )
    return lineChartSpec({ points: curve, x: { title: axis, log: false }, y: { title: value, log: false } }, options)
  }
  if (inputs.length !== 2) return known ? paritySpec({ target, prediction: predicted, value }, options) : null
  const names = [axis, other] as const
  const [first, second] = problem.domain
  if (points.grid === null || first === undefined || second === undefined)
    return pointMapsSpec(
      { points: points.x, target: known ? target : null, prediction: predicted, names, value, shape: problem.shape },
      options,
    )
  const [n = 1, m = 1] = points.grid
  const on = { shape: [n, m] as const, domain: [first, second] as const }
  return known
    ? mapsSpec({ target: { ...on, values: target }, prediction: predicted, names, value }, options)
    : mapSpec({ prediction: { ...on, values: predicted }, names, value }, options)
}

function shownOf(perFunction: Float64Array): readonly { readonly index: number; readonly label: string }[] {
  const order = [...perFunction.keys()].sort((a, b) => (perFunction[a] ?? 0) - (perFunction[b] ?? 0))
  const places = [...new Set([0, (order.length - 1) >> 1, order.length - 1])]
  const names = ['best', 'median', 'worst']
  return places.map((place, i) => {
    const index = order[place] ?? 0
    return { index, label: `${places.length < 3 ? 'function' : names[i]}: ${errorText(perFunction[index] ?? 0)}` }
  })
}

/** How input functions of a problem are drawn; null: not on a grid of one or two axes, or several functions. */
function inputOf(
  { axes, sensors }: Pick<OperatorProblem, 'axes' | 'sensors'>,
  unit: Labels['unit'],
): ((values: Float64Array) => ShownInput) | null {
  const lines = linesOf(sensors)
  if (lines === null) return null
  const names = lines.map((_, axis) => unit(axes[axis] ?? `x${axis + 1}`))
  return (values) => ({ name: unit('f'), axes: names, lines, values })
}

/** The points of each axis of a grid of sensors. */
function linesOf({ x, count, axes, grid, functions }: Sensors): readonly Float64Array[] | null {
  if (functions !== undefined || axes > 2 || (axes === 2 && grid === null)) return null
  if (axes === 1 || grid === null) return [x.subarray(0, count)]
  const [n = 1, m = 1] = grid
  return [
    Float64Array.from({ length: n }, (_, i) => x[2 * m * i]!),
    Float64Array.from({ length: m }, (_, j) => x[2 * j + 1]!),
  ]
}

function overSteps({ errors, correlations }: RolloutMeasures, title: string): FigureSpec {
  const points = errors.flatMap((y, k) => [
    ...(y === null ? [] : [{ x: k + 1, y, line: 'relative L2 error' }]),
    { x: k + 1, y: correlations[k]!, line: 'correlation' },
  ])
  return lineChartSpec({ points, x: { title: 'step', log: false }, y: { title: '', log: false } }, { title })
}

function ofFunctions(
  problem: OperatorProblem,
  { values, sensors }: OperatorData,
  { prediction, perFunction, rollout }: Measurement,
  baseline: number | null,
  labels: Labels,
): ResultSpecs {
  if (perFunction === null) return { result: null, errors: null }
  const errors =
    rollout === undefined
      ? errorHistogramSpec({ errors: perFunction, baseline }, { title: labels.title })
      : overSteps(rollout, labels.title)
  if (problem.at.kind !== 'grid' || perFunction.length === 0) return { result: null, errors }
  const { axes: lines } = problem.at
  const each = values.length / perFunction.length
  const shown = shownOf(perFunction)
  const inputFor = inputOf(problem, labels.unit)
  const axes = problem.axes.map(labels.unit)
  const figures = eachOutput(labels, (output, options) => {
    const pickField = (from: Float64Array, f: number): Float64Array =>
      outputOf(from.subarray(f * each, (f + 1) * each), problem.outputs, output)
    const functions: ShownFunction[] = shown.map(({ index, label }) => ({
      label,
      target: pickField(values, index),
      prediction: pickField(prediction, index),
      ...(inputFor === null || output > 0
        ? {}
        : { input: inputFor(sensors.subarray(index * problem.sensors.count, (index + 1) * problem.sensors.count)) }),
    }))
    const value = labels.names.outputs[output] ?? 'u'
    return lines.length === 1
      ? lineFieldsSpec({ axis: axes[0] ?? 'x', value, x: lines[0] ?? new Float64Array(), functions }, options)
      : mapFieldsSpec({ axes, domain: problem.domain, value, lines, functions }, options)
  })
  return { result: figures, errors }
}

/**
 * The figures of a measurement: the result (of one input: curves; of two: maps of target, prediction and error, in the
 * shape of the equation, if it has one; of more: predictions over targets; of an operator: three functions with input,
 * prediction and error) and, of an operator, the distribution of errors over the functions, or of a rollout error and
 * correlation over its steps. Of several outputs each has its panels.
 *
 * @param baseline error of the untrained network, null if there is none
 */
export function resultSpecs(
  { problem, names }: { readonly problem: DrawnProblem; readonly names: Names },
  on: MeasuredOn,
  measured: Measurement,
  baseline: number | null,
  { title, units = {} }: FigureLabels,
): ResultSpecs {
  const input = on.kind === 'functions' ? [...on.problem.axes, 'f'] : names.inputs
  const unit = withUnits(units, [...input, ...names.outputs])
  const labels = { title, unit, names: { ...names, inputs: names.inputs.map(unit), outputs: names.outputs.map(unit) } }
  if (on.kind === 'functions') return ofFunctions(on.problem, on.data, measured, baseline, labels)
  const figures = eachOutput(labels, (output, options) =>
    ofPoints(problem, on.points, measured.prediction, labels.names, output, options),
  )
  return { result: figures, errors: null }
}

/** The error of a run, or what there is in its place, for the title of its figure. */
export const scoreText = ({ residual, relativeL2 }: Pick<Measurement, 'residual' | 'relativeL2'>): string =>
  residual === undefined ? `relative L2 ${errorText(relativeL2)}` : `residual and conditions ${errorText(residual)}`

/** The title of a run's figures: problem, estimator and error. */
export const titleOf = (
  { problem }: { readonly problem: { readonly name: string } },
  { estimator }: { readonly estimator: string },
  measured: Pick<Measurement, 'residual' | 'relativeL2'>,
): string => `${problem.name} by ${withoutPath(estimator)}: ${scoreText(measured)}`
