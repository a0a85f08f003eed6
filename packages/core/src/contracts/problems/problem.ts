import type { Shape } from '../../tensor/aval.js'

/** The box that a function is defined on: [low, high] of each axis. */
export type Domain = readonly (readonly [number, number])[]

/** Points of a regression problem on the host: x is [n, inputs], y is [n, outputs], row-major. */
export interface PointSet {
  readonly x: Float64Array
  readonly y: Float64Array
  readonly count: number
  /** The grid that the points form (row-major), for figures; null if they form none. */
  readonly grid: Shape | null
}

/** A column of a table, and the inputs that it became: one for its numbers, or one for each level of a category. */
export interface InputColumn {
  readonly name: string
  /**
   * The texts that become 1 in the first, second, … of its inputs and 0 in the others; null for a column of numbers.
   */
  readonly levels: readonly string[] | null
  /** The values of its inputs where a row has none; null: such rows are left out. */
  readonly fill: readonly number[] | null
}

/**
 * How the numbers of a point are a window of a sequence: x is [steps, channels], y is [scored, outputs], row-major; with
 * classes y is [classes], 1 for the class of the window.
 */
export interface WindowShape {
  /** Time steps that a network reads. */
  readonly steps: number
  /** The last steps, each of which has targets; those before only set the state of a network. */
  readonly scored: number
  /** Numbers of a step to read: `delays` rows of the sequence, the latest first. */
  readonly channels: number
  readonly delays: number
  /** The position of the channel of the time since the row before, in median intervals. Absent: there is none. */
  readonly elapsed?: number
  /** The columns of the table that a row of channels comes from. Absent: all are numbers. */
  readonly columns?: readonly InputColumn[]
  /** Numbers of a step to predict. */
  readonly outputs: number
  /** Names of the classes, one of which each window has; then `outputs` is their number. Absent: numbers are predicted. */
  readonly classes?: readonly string[]
  /** Steps that the targets lie ahead of the inputs. */
  readonly horizon: number
  /** Whether the targets are the rows that are read, `horizon` later, so that a prediction can be read in its turn. */
  readonly autonomous: boolean
  /**
   * The targets that were known when a prediction was due, as y: the prediction of persistence. Null: horizon 0, which
   * has none.
   */
  known(split: 'train' | 'validation' | 'test'): Float64Array | null
}

/**
 * Learn y(x) from points. Training uses `train`, settings are chosen on `validation`, and errors are reported on
 * `test`: three disjoint sets.
 */
export interface RegressionProblem {
  readonly kind: 'regression'
  readonly name: string
  readonly inputs: number
  readonly outputs: number
  /** [low, high] of each input axis. */
  readonly domain: readonly (readonly [number, number])[]
  points(split: 'train' | 'validation' | 'test'): PointSet
  /** The columns of the table that the inputs come from; absent: inputs have no names. */
  readonly columns?: readonly InputColumn[]
  /** The titles of the columns of the outputs; absent: they have none. */
  readonly outputColumns?: readonly string[]
  /** Remarks on the data for people, such as the number of rows that were left out. */
  readonly notes?: readonly string[]
  /** How a point is a window of a sequence; absent: it is none. */
  readonly window?: WindowShape
  /** The exact target at one point; absent if only data exist. */
  target?(x: readonly number[]): number[]
}
