/** What a run learns: everything that training, measuring and drawing need of it, whatever its kind. */
import type { OperatorNetwork, OperatorProblem, PinnProblem, PointSet, RegressionProblem, Tree } from '@spikeward/core'
import type { Evaluator, Callback, Task, Variables } from '@spikeward/train'

/** What a run is measured on: settings are chosen on `validation`; `test` is reported. */
export type Split = 'validation' | 'test'

/** A prediction and its errors. */
export type Measurement = {
  readonly prediction: Float64Array
  /** Of a function of points the error over all of them; of an operator the mean of the errors of the single functions. */
  readonly relativeL2: number
  /** Over all functions and points together. */
  readonly relativeL2Pooled: number
  /** The error of every function; null where there are none. */
  readonly perFunction: Float64Array | null
}

/** What a step holds at once, about: for a check against the memory of the machine. */
export type StepSize = {
  readonly parameters: number
  /** Rows of the largest layer: samples, functions or points, times steps of time where spikes are handed on. */
  readonly rows: number
  readonly widest: number
  /** Features of the widest readout that is solved for by least squares: the solver holds square matrices of this side. */
  readonly solved: number
}

/** What every experiment has. */
type Common = {
  readonly task: Task
  readonly callbacks: readonly Callback[]
  readonly size: StepSize
  measure(variables: Variables, split: Split): Promise<Measurement>
  /** Error on the test split of a network whose readout alone is solved for; null where there is nothing to solve from. */
  baseline(untrained: Variables): Promise<number | null>
}

/** A function of points. */
export type RegressionExperiment = Common & {
  readonly kind: 'regression'
  readonly problem: RegressionProblem
  at(points: PointSet): Evaluator<Variables>
}

/** A network whose readout alone was solved for, with the penalty for which its validation error is least. */
export type Solved = { readonly variables: Variables; readonly penalty: number; readonly validation: number }

/** A map from functions to functions. */
export type OperatorExperiment = Omit<Common, 'baseline'> & {
  readonly kind: 'operator'
  readonly problem: OperatorProblem
  readonly network: OperatorNetwork<Variables, Tree>
  /** The readout of an untrained network solved for; null where no penalty gives a finite error. */
  solved(untrained: Variables): Promise<Solved | null>
  /** Measured on the test functions of `on`, such as a user's data, where it is given. */
  baseline(untrained: Variables, on?: OperatorProblem): Promise<number | null>
}

/** The solution of one equation. */
export type PinnExperiment = Common & {
  readonly kind: 'pinn'
  readonly problem: PinnProblem
  at(points: PointSet): Evaluator<Variables>
}

/** What a run learns. */
export type Experiment = RegressionExperiment | OperatorExperiment | PinnExperiment
