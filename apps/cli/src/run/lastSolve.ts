import type { Variables } from '@spikeward/train'
import type { Experiment, Solved } from '../experiment/experiment.js'

/** The end of a run that solves its readouts: the penalty of the last solve, and the error that chose it. */
export type LastSolve = Pick<Solved, 'penalty' | 'validation'>

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
