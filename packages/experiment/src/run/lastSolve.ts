import type { BestReadout, Variables } from '@spikeward/train'
import type { Experiment, OperatorExperiment } from '../assembly/experiment.js'
import { noBaseline } from './ridgeBaseline.js'
import type { Untrained } from './ridgeBaseline.js'

/** The end of a run that solves its readouts: the penalty of the last solve, and the error that chose it. */
export type LastSolve = Pick<BestReadout, 'penalty' | 'validation'> & {
  /** The hidden layers are those before the training. Absent: those after it. */
  readonly untrained?: true
}

/** The end of a run that keeps its best state. */
export type End = {
  /** The last solve, with which it ends; null: it ends with the variables that it reached. */
  readonly last: (BestReadout & LastSolve) | null
  /** The untrained network with its solved readouts; null if it was not solved. */
  readonly before: BestReadout | null
}

/** Whether a run solves its readouts from data, and they are not too wide to be solved for several penalties. */
const solves = (experiment: Experiment): experiment is OperatorExperiment =>
  experiment.kind === 'operator' && experiment.solves && noBaseline(experiment) === null

/** Whether a run solves readouts after its last step: its own, or with patience those of the untrained network. */
export const solvesAtEnd = (experiment: Experiment, patience: number | null): boolean =>
  solves(experiment) && (experiment.solvesLast || patience !== null)

/**
 * Solves the readouts of a trained operator network once more, for each of several penalties, and returns the solution with the smallest
 * validation error, as for the untrained network. A small penalty makes hidden layers unstable while they train; after the last step it
 * only improves the fit.
 *
 * Null if the run has no such solve: its penalty is given by the user or by the tuned settings, its readouts are never solved, or they are too
 * wide for the baseline. Null also if no penalty reduces the validation error.
 */
export async function lastSolve(experiment: Experiment, variables: Variables): Promise<BestReadout | null> {
  return solves(experiment) && experiment.solvesLast ? experiment.improved(variables) : null
}

/**
 * The end of a run that keeps its best state. The untrained network with a solved readout counts as a state, whatever the penalty of the run:
 * it is kept if its validation error is below that of the trained network.
 *
 * `last` is null in the cases of {@link lastSolve}, unless the untrained network is better.
 */
export async function bestSolve(experiment: Experiment, untrained: Untrained, variables: Variables): Promise<End> {
  if (!solves(experiment)) return { last: null, before: null }
  const last = await lastSolve(experiment, variables)
  const reached = last?.validation ?? (await experiment.measure(variables, 'validation')).relativeL2
  const before = await experiment.solved(await untrained())
  if (before === null || before.validation >= reached) return { last, before }
  return { last: { ...before, untrained: true }, before }
}
