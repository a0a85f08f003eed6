import type { TrainConfig } from '../../config/trainConfig.js'
import type { Experiment } from '../../assembly/experiment.js'
import { namesOf } from '../prediction/pointColumns.js'

export type FigureNames = { readonly inputs: readonly string[]; readonly outputs: readonly string[] }

/** Names of outputs that have none: u_0, u_1, … as in the file of a prediction. */
const unnamed = (outputs: number, only: string): readonly string[] =>
  outputs === 1 ? [only] : Array.from({ length: outputs }, (_, o) => `u_${o}`)

/** Names of the inputs and outputs of a run: the columns of its table, or the axes of its problem. */
export async function figureNames(
  config: Pick<TrainConfig, 'data' | 'inputs' | 'outputs'>,
  experiment: Experiment,
): Promise<FigureNames> {
  if (experiment.kind === 'operator') {
    const { axes, outputs } = experiment.problem
    return { inputs: axes, outputs: unnamed(outputs, 'u') }
  }
  const { inputs, outputs, known } = await namesOf(config, experiment)
  return { inputs, outputs: outputs ?? unnamed(experiment.problem.outputs, known ? 'u' : 'y') }
}
