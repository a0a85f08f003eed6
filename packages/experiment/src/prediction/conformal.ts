/** Intervals around predictions that contain the truth with a given probability. */
import { SpikewardError } from '@spikeward/core'
import type { Variables } from '@spikeward/train'
import type { Experiment } from '../assembly/experiment.js'

/** Half the lengths of intervals, and the number of validation errors that gave them. */
export type Radii = {
  /** One for each output; of an operator one for each point and output, in the order of a solution. */
  readonly radii: Float64Array
  readonly count: number
  /**
   * Of an ensemble, in the same order: the mean deviation of its members on the validation rows. Half of an interval is
   * then radius · (deviation there + floor), so that it is longer where members disagree.
   */
  readonly floors?: Float64Array
}

/** Half the lengths of the intervals around `count` values, with the deviation of an ensemble's members at each. */
export const halfLengths = ({ radii, floors }: Radii, count: number, deviation?: Float64Array): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => {
    const column = i % radii.length
    return radii[column]! * (floors === undefined ? 1 : deviation![i]! + floors[column]!)
  })

/**
 * Half the lengths of intervals by split conformal prediction: of n absolute validation errors the ⌈(n + 1)·level⌉-th
 * smallest. If a new row is drawn as the validation rows were, ŷ ± radius contains its value with a probability of at
 * least `level`, and at most 1/(n + 1) more, whatever the network and the noise are. It is a probability over all rows,
 * not one for each place.
 *
 * @param level the probability, between 0 and 1
 * @param rows the number of validation rows: points, or functions
 * @param predicted [rows, columns], flat
 * @param measured of the same shape
 * @throws INTERVAL_ROWS if there are too few rows for a probability so near to 1; INTERVAL_VALUES if their values are
 *   not known
 * @see Lei, G'Sell, Rinaldo, Tibshirani, Wasserman: Distribution-free predictive inference for regression, JASA 2018
 */
export function conformalRadii(level: number, rows: number, predicted: Float64Array, measured: Float64Array): Radii {
  const rank = Math.ceil((rows + 1) * level)
  if (rank > rows)
    throw new SpikewardError(
      'INTERVAL_ROWS',
      `an interval of probability ${level} from ${rows} validation rows, and ${Math.ceil(level / (1 - level) - 1e-9)} are needed; hold back more rows, or ask for a smaller probability`,
    )
  const columns = predicted.length / rows
  const radii = Float64Array.from({ length: columns }, (_, c) => {
    const errors = Float64Array.from({ length: rows }, (_, r) =>
      Math.abs(predicted[r * columns + c]! - measured[r * columns + c]!),
    )
    return errors.sort()[rank - 1]!
  })
  // NaN is sorted behind all numbers, where the rank may not find it.
  if (radii.every(Number.isFinite) && measured.every(Number.isFinite)) return { radii, count: rows }
  throw new SpikewardError(
    'INTERVAL_VALUES',
    'the solution at the validation points is not known, so that there are no errors to take an interval from; give the problem a solution, or leave out the interval',
  )
}

/**
 * The intervals of a trained network, from its validation split. The training chose its best state and its penalties
 * there, and fitted no weight to it, so that validation errors are slightly too small. The errors of an ensemble are
 * relative to the deviation of its members plus its mean.
 *
 * @throws as {@link conformalRadii}
 * @example
 * const { radii } = await intervalsOf(run.experiment, run.variables, 0.9)
 * const upper = prediction.values[0]! + radii[0]! // of one output
 * @see Lei et al., as {@link conformalRadii}, section 5.2
 */
export async function intervalsOf(experiment: Experiment, variables: Variables, level: number): Promise<Radii> {
  const rows = experiment.counts.validation
  const { prediction } = await experiment.measure(variables, 'validation')
  const on = await experiment.data('validation')
  const values = on.kind === 'points' ? on.points.y : on.data.values
  const deviation = await (on.kind === 'points'
    ? experiment.deviation?.(variables, { kind: 'points', x: on.points.x, axes: on.points.x.length / rows }, null)
    : experiment.deviation?.(variables, on.problem.at, on.data.sensors))
  if (deviation === undefined) return conformalRadii(level, rows, prediction, values)
  const columns = deviation.length / rows
  const floors = new Float64Array(columns)
  deviation.forEach((d, i) => (floors[i % columns]! += d / rows))
  // Members agree on a condition that is built in; errors there are not divided.
  floors.forEach((floor, c) => (floors[c] = floor === 0 ? 1 : floor))
  const relative = prediction.map((v, i) => (v - values[i]!) / (deviation[i]! + floors[i % columns]!))
  return { ...conformalRadii(level, rows, relative, new Float64Array(relative.length)), floors }
}
