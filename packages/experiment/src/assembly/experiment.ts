/** The experiment of a run: everything that training, measuring and drawing need to know about it, for every kind. */
import type {
  HardConditions,
  Network,
  OperatorData,
  OperatorNetwork,
  OperatorProblem,
  PinnProblem,
  PointSet,
  RegressionProblem,
  RolloutProblem,
  Tree,
} from '@spikeward/core'
import type { BestReadout, Evaluator, Callback, JsonRecord, RolloutMeasures, Task, Variables } from '@spikeward/train'
import type { ShiftScale } from '@spikeward/operators'
import type { NeuronRecorder, Samples } from './neuronRecorder.js'

/** The split that a run is measured on: settings are chosen on `validation`; `test` is reported. */
export type Split = 'validation' | 'test'

/** A prediction and its errors. */
export type Measurement = {
  readonly prediction: Float64Array
  /** For a function of points, the error over all of them; for an operator, the mean of the errors per function. */
  readonly relativeL2: number
  /** Over all functions and points together. */
  readonly relativeL2Pooled: number
  /** The error of every function; null if there are none. */
  readonly perFunction: Float64Array | null
  /**
   * Of an equation whose solution is not known, √(mean residual² + Σ mean condition²) at fixed points; errors are then not a number.
   * Absent: there are values to compare with.
   */
  readonly residual?: number
  /** The same of a network whose output is 0 everywhere, with which `residual` is compared. */
  readonly residualOfZero?: number
  /** Unknown coefficients of an equation, as they were found; absent: the equation has none. */
  readonly coefficients?: Readonly<Record<string, number>>
  /** Of a rollout on the test split: error by step, correlation time and stability. */
  readonly rollout?: RolloutMeasures
}

/** The approximate size of a step, to check against the memory of the machine. */
export type StepSize = {
  readonly parameters: number
  /** Rows of the largest layer: samples, functions or points, times time steps if spikes are passed on. */
  readonly rows: number
  readonly widest: number
  /** Features of the widest readout that is solved by least squares: the solver holds square matrices of this size. */
  readonly solved: number
}

type Common = {
  /** The record that rebuilds the network around its variables: every checkpoint holds it. Null: parts are a program's own. */
  readonly record: JsonRecord | null
  readonly task: Task
  readonly callbacks: readonly Callback[]
  readonly size: StepSize
  measure(variables: Variables, split: Split): Promise<Measurement>
  /** Points or functions of each split. */
  readonly counts: Readonly<Record<'train' | Split, number>>
  neurons(split: Split, which: Samples): Promise<NeuronRecorder>
  /** Error on the test split of a network with only its readout solved; null if there are no data to solve from. */
  baseline(untrained: Variables): Promise<number | null>
}

/** A function of points. */
export type RegressionExperiment = Omit<Common, 'baseline'> & {
  readonly kind: 'regression'
  readonly problem: RegressionProblem
  readonly network: Network<Variables>
  /** Measured at the points of `on`, such as a user's data, if given. */
  baseline(untrained: Variables, on?: PointSet): Promise<number | null>
  at(points: PointSet): Evaluator<Variables>
}

/** A map from functions to functions. */
export type OperatorExperiment = Omit<Common, 'baseline'> & {
  readonly kind: 'operator'
  readonly problem: OperatorProblem
  /** The same problem, of a time-stepper. Absent: the run learns a map. */
  readonly rollout?: RolloutProblem
  readonly network: OperatorNetwork<Variables, Tree>
  /**
   * The branch receives (f − shift)/scale of the sensor values, after the treatment of the amplitude; one with the option `components`
   * receives their principal components instead.
   */
  readonly branchInput: ShiftScale
  /** Training functions as the branch receives them, before that map. */
  readonly received: OperatorData
  /** The whole output transform, u = transform(output of `network` within amplitude and conditions, f, x); null if there is none. */
  readonly transform: HardConditions | null
  /** As `measure`, for another network within the treatment of amplitude and conditions. */
  measureOther(network: OperatorNetwork<Variables, Tree>, variables: Variables, split: Split): Promise<Measurement>
  /** Solves the readouts of a network for its present features; null if no penalty gives a finite error. */
  solved(variables: Variables): Promise<BestReadout | null>
  /** The same, if it reduces the validation error; else null. */
  improved(variables: Variables): Promise<BestReadout | null>
  /** Whether the run solves its readouts from data while it trains. */
  readonly solves: boolean
  /** Whether it ends with the solve above: if it solves its readouts, and neither the user nor its tuned settings give a penalty. */
  readonly solvesLast: boolean
  /** Measured on the test functions of `on`, such as a user's data, if given. */
  baseline(untrained: Variables, on?: OperatorProblem): Promise<number | null>
}

/** The solution of one equation. */
export type PinnExperiment = Common & {
  readonly kind: 'pinn'
  readonly problem: PinnProblem
  /** Its output satisfies the hard conditions; it has the unknown coefficients of the equation. */
  readonly network: OperatorNetwork<Variables, Tree, null>
  at(points: PointSet): Evaluator<Variables>
}

/** The experiment of a run. */
export type Experiment = RegressionExperiment | OperatorExperiment | PinnExperiment
