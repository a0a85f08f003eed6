import { type RegressionProblem, SpikewardError } from '@spikeward/core'
import type { Experiment, MeasuredOn } from '../../../assembly/experiment.js'
import type { TrainConfig } from '../../../config/trainConfig.js'
import type { OwnData } from '../../../host/host.js'
import { readSolution } from '../../prediction/readSolution.js'
import { ALL_TEST, inPlaceOf, readOwn, readSequences, readTable, readingOf } from './ownData.js'

/**
 * The data of a user's file in the form of those that a run learned from: pairs of functions, points with their outputs, or values of the
 * solution of an equation, which may be a reference of the user's own.
 *
 * @throws DATA_SHAPE if they do not fit the run; those of the readers
 */
export async function readLike(
  { config, parts }: { readonly config: TrainConfig; readonly parts: { readonly experiment: Experiment } },
  own: OwnData,
): Promise<MeasuredOn> {
  const { problem } = parts.experiment
  if (problem.kind === 'pinn') return { kind: 'points', points: await readSolution(own, problem) }
  if (problem.kind === 'regression')
    return { kind: 'points', points: (await tableLike(config, problem, own)).points('test') }
  const functions = inPlaceOf(problem, await readOwn(own, 0, ALL_TEST, problem.sensors.x), own)
  return { kind: 'functions', problem: functions, data: await functions.data('test') }
}

async function tableLike(
  { inputs, outputs, missing, sequences }: TrainConfig,
  problem: RegressionProblem,
  own: OwnData,
): Promise<RegressionProblem> {
  const titles = problem.columns?.map(({ name }) => name).join(',') ?? inputs
  const named = { ...own, inputs: own.inputs ?? titles, outputs: own.outputs ?? outputs }
  // The levels and the means of the training hold for the columns of the training.
  const like = own.inputs === null && problem.columns !== undefined ? { like: problem.columns } : {}
  const reading = { ...like, ...readingOf(null, missing === 'drop' ? 'drop' : null) }
  const table =
    sequences === null
      ? await readTable(named, 0, ALL_TEST, reading)
      : await readSequences(named, 0, ALL_TEST, sequences)
  if (table.inputs === problem.inputs && table.outputs === problem.outputs) return table
  const counts = ({ inputs: i, outputs: n }: RegressionProblem): string => `${i} inputs and ${n} outputs`
  throw new SpikewardError(
    'DATA_SHAPE',
    `${own.data}: expected ${counts(problem)}, as ${problem.name} has; found: ${counts(table)}`,
  )
}
