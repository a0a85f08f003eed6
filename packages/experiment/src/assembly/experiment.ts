/**
 * The experiment of a run: everything that training, measuring and drawing need to know about it, alike for every kind
 * of problem.
 */
import type {
  Estimator,
  HardConditions,
  HostCoords,
  InputColumn,
  Network,
  OperatorData,
  OperatorNetwork,
  OperatorProblem,
  Optimizer,
  PinnProblem,
  PointSet,
  RegressionProblem,
  RolloutProblem,
  Sensors,
  ShareOut,
  Tree,
} from '@spikeward/core'
import type { BestReadout, Callback, JsonRecord, RolloutMeasures, Task, Variables } from '@spikeward/train'
import type { NirGraph } from '@spikeward/nir'
import type { PrincipalComponents, ShiftScale, SpikingUnits } from '@spikeward/operators'
import type { BaselineData } from '../baselines/baselineData.js'
import type { NetworkEntry } from '../catalogue/kinds/networks.js'
import type { TrainConfig } from '../config/trainConfig.js'
import type { Problem } from '../catalogue/kinds/problems.js'
import type { Io } from '../io/io.js'
import type { DataOrder } from '../ranks/job.js'
import type { FromData, NetworkRecord, PointNetwork } from './network/buildNetwork.js'
import type { HorizonError } from './freeRun.js'
import type { NeuronRecorder, Samples } from './neuronRecorder.js'

/** The split that a run is measured on: settings are chosen on `validation`; `test` is reported. */
export type Split = 'validation' | 'test'

/**
 * Data that a run is measured on: points with their values, or functions with their solutions at the points of a
 * problem.
 */
export type MeasuredOn =
  | { readonly kind: 'points'; readonly points: PointSet }
  | { readonly kind: 'functions'; readonly problem: OperatorProblem; readonly data: OperatorData }

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
   * Of an equation whose solution is not known, √(mean residual² + Σ mean condition²) at fixed points; errors are then
   * not a number. Absent: there are values to compare with.
   */
  readonly residual?: number
  /** The same of a network whose output is 0 everywhere, with which `residual` is compared. */
  readonly residualOfZero?: number
  /** Unknown coefficients of an equation, as they were found; absent: the equation has none. */
  readonly coefficients?: Readonly<Record<string, number>>
  /** Of classes: the share of windows whose most probable class is their own. */
  readonly accuracy?: number
  /** Of a forecast of one row: errors of running free, by the rows ahead. */
  readonly horizon?: readonly HorizonError[]
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

/** The names of the numbers of a point and of the output. */
export type Names = {
  /**
   * In the order of the network: the columns of a table, the axes of an equation or a solution, else x, or x1, x2, …
   */
  readonly inputs: readonly string[]
  /** The columns of a table, else u or y, with several outputs u_0, u_1, … */
  readonly outputs: readonly string[]
  /** Whether a table names the outputs. */
  readonly named: boolean
  /** The columns of a table that has these inputs; null: it may have any names. */
  readonly columns: readonly InputColumn[] | null
}

export type Readouts = {
  /** Whether the run solves them while it trains. */
  readonly whileTraining: boolean
  /** Whether it ends with a solve: if it solves them, and neither the user nor its tuned settings give a penalty. */
  readonly atEnd: boolean
  /** Solves the readouts of a network for its present features; null if no penalty gives a finite error. */
  solved(variables: Variables): Promise<BestReadout | null>
  /** The same, if it reduces the validation error; else null. */
  improved(variables: Variables): Promise<BestReadout | null>
}

/** The parts of an operator network that a chip needs, whose branch and trunk it holds. */
export type OperatorBlocks = {
  /**
   * The branch receives (f − shift)/scale of the sensor values, after the treatment of the amplitude; one with the
   * option `components` receives their principal components instead.
   */
  readonly branchInput: ShiftScale
  /** Training functions as the branch receives them, before that map. */
  readonly received: OperatorData
  /**
   * The whole output transform, u = transform(output of `network` within amplitude and conditions, f, x); null if there
   * is none.
   */
  readonly transform: HardConditions | null
  /** As `measure`, for another network within the treatment of amplitude and conditions. */
  measure(other: OperatorNetwork<Variables, Tree>, variables: Variables, split: Split): Promise<Measurement>
}

/** The experiment of one kind of problem `P`, learned by networks `N`. Every kind has the same members. */
export type ExperimentOf<P extends RegressionProblem | OperatorProblem | PinnProblem, N> = {
  readonly kind: P['kind']
  readonly problem: P
  /** Within the treatment of amplitudes and the conditions that are built into the output. */
  readonly network: N
  /**
   * The record that rebuilds the network around its variables: every checkpoint holds it. Null: parts are a program's
   * own.
   */
  readonly record: JsonRecord | null
  readonly task: Task
  readonly callbacks: readonly Callback[]
  readonly size: StepSize
  /** The kind of the rows of the data. */
  readonly unit: 'points' | 'windows' | 'functions'
  /** Rows of each split. */
  readonly counts: Readonly<Record<'train' | Split, number>>
  readonly names: Names
  /** Where input functions are read; null: the network takes none. */
  readonly sensors: Sensors | null
  /**
   * Where a prediction is made that names no place, `fixed` if the network knows no other; null: a prediction names its
   * points.
   */
  readonly places: { readonly usual: HostCoords; readonly fixed: boolean } | null
  /** Notes on parts of the problem that a user should check before training. */
  readonly notes: readonly string[]
  /** The data of a split; values that are not known are not a number. */
  data(split: Split): Promise<MeasuredOn>
  /** The error on a split, or on data of the same kind, such as those of a user. */
  measure(variables: Variables, on: Split | MeasuredOn): Promise<Measurement>
  /**
   * The outputs at places, [points, outputs], or for input functions [functions, points, outputs].
   *
   * @param functions values at the sensors, [functions, sensors]; null if the network takes none
   */
  predict(variables: Variables, at: HostCoords, functions: Float64Array | null): Promise<Float64Array>
  /** The deviation of the members of an ensemble, with the arguments of `predict`. Absent: the run has one network. */
  deviation?(variables: Variables, at: HostCoords, functions: Float64Array | null): Promise<Float64Array>
  /** Records the neurons at inputs of a split, of an ensemble those of its first member. */
  neurons(split: Split, which: Samples): Promise<NeuronRecorder>
  /**
   * The data as rows for regressions, in each form that validation chooses from; tested on `on`, by default the test
   * split. Empty: no regression learns them, or predicts `on`.
   */
  rows(on?: MeasuredOn): Promise<readonly BaselineData[]>
  /** The reason why there is no `baseline`; null: there is one. */
  readonly noBaseline: string | null
  /**
   * Error on the test split, or on other data, of a network with only its readout solved; null if there are no data to
   * solve from.
   */
  baseline(untrained: Variables, on?: MeasuredOn): Promise<number | null>
  /** Null: its readouts are solved by `callbacks` alone, if at all. */
  readonly readouts: Readouts | null
  /** Null: it has neither branch nor trunk. */
  readonly blocks: OperatorBlocks | null
  /** The problem of a time-stepper; null: the run learns no rollout. */
  readonly rollout: RolloutProblem | null
}

/** A function of points, of which windows of sequences are one form. */
export type RegressionExperiment = ExperimentOf<RegressionProblem, Network<Variables>> & { readonly blocks: null }

/** A map from functions to functions. */
export type OperatorExperiment = ExperimentOf<OperatorProblem, OperatorNetwork<Variables, Tree>> & {
  readonly blocks: OperatorBlocks
}

/** The solution of one equation; the network has the unknown coefficients of the equation. */
export type PinnExperiment = ExperimentOf<PinnProblem, OperatorNetwork<Variables, Tree, null>> & {
  readonly blocks: null
}

/** The experiment of a run. */
export type Experiment = RegressionExperiment | OperatorExperiment | PinnExperiment

/** Where progress of generating data is reported, and who generates them. */
export type BuildHow = {
  readonly io: Io
  readonly quiet: boolean
  /** Solves for the functions of a set on several ranks. Default: here. */
  readonly shareData?: (order: DataOrder) => ShareOut
  /**
   * Principal components of the input functions, of a stored state of the run. Default: computed from the training
   * functions.
   */
  readonly components?: PrincipalComponents | null
  /** The graph in the network's file. Default: read from the file. */
  readonly graph?: NirGraph
  /** Parts of a program's own, in the place of those that the settings name. */
  readonly own?: OwnParts
}

export type OwnParts = {
  readonly problem?: Problem
  readonly estimator?: Estimator
  readonly optimizer?: Optimizer
  /** Of a function of points. */
  readonly network?: PointNetwork
}

/** The parts of an experiment. */
export type Assembly<P extends Problem = Problem> = {
  readonly config: TrainConfig
  readonly problem: P
  readonly entry: NetworkEntry
  readonly units: SpikingUnits
  readonly how: BuildHow
}

/** The parts of the network of a record; `hard` are the conditions built into its output, null for none. */
export type Rebuilding = Pick<Assembly, 'entry' | 'units'> & {
  readonly record: NetworkRecord
  readonly data: FromData
  readonly hard: unknown
}
