import type { Backend } from '@spikeward/core'
import type { Variables } from '@spikeward/train'
import type { Experiment, Solved } from '../experiment/experiment.js'
import type { Parts } from './buildParts.js'
import { noBaseline, untrainedOf } from './ridgeBaseline.js'

/** The end of a run that solves its readouts: the penalty of the last solve, and the error that chose it. */
export type LastSolve = Pick<Solved, 'penalty' | 'validation'> & {
  /** The hidden layers are those before the training. Absent: those after it. */
  readonly untrained?: true
}

/**
 * The last solve of a trained operator network: for each of several penalties, of which the validation functions choose one, as they do
 * for the untrained network. While hidden layers train, a small penalty would make them unstable; after the last step it only fits better.
 *
 * Null if the run has no such solve (its readouts were never solved for, or with a penalty of the user's own), or if no penalty gives a
 * smaller validation error than the variables have without it.
 */
export async function lastSolve(experiment: Experiment, variables: Variables): Promise<Solved | null> {
  if (experiment.kind !== 'operator' || !experiment.solvesLast) return null
  const { relativeL2 } = await experiment.measure(variables, 'validation')
  const best = await experiment.solved(variables)
  return best !== null && !(best.validation >= relativeL2) ? best : null
}

/**
 * The last solve of a run that keeps its best state. The network before the training, with a solved readout, counts as a state too: if
 * its validation error is below that after the training, it is kept.
 *
 * Null in the cases of {@link lastSolve}, unless the untrained network is better.
 */
export async function bestSolve(
  parts: Parts,
  key: number,
  backend: Backend,
  variables: Variables,
): Promise<(Solved & LastSolve) | null> {
  const { experiment } = parts
  const last = await lastSolve(experiment, variables)
  if (experiment.kind !== 'operator' || !experiment.solvesLast || noBaseline(experiment) !== null) return last
  const reached = last?.validation ?? (await experiment.measure(variables, 'validation')).relativeL2
  const before = await experiment.solved(await untrainedOf(parts, key, backend))
  return before === null || before.validation >= reached ? last : { ...before, untrained: true }
}
