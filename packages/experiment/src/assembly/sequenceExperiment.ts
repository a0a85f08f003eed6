import type { RegressionProblem, WindowShape } from '@spikeward/core'
import { type SpikingUnits, standardise } from '@spikeward/operators'
import { delayRows } from '../baselines/baselineData.js'
import type { NetworkEntry } from '../catalogue/kinds/networks.js'
import type { TrainConfig } from '../config/trainConfig.js'
import type { RegressionExperiment } from './experiment.js'
import { type FromData, type PointNetwork, pointData } from './network/buildNetwork.js'
import { pointsIn, regressionExperiment } from './regressionExperiment.js'

export type WindowProblem = RegressionProblem & { readonly window: WindowShape }

/** The options that a window determines: those of one time step, and the numbers of steps. */
function windowData({ points, domain, window: { steps, scored, channels, outputs } }: WindowProblem): FromData {
  const train = points('train')
  return {
    ...{ inputs: () => channels, outputs: () => outputs, steps: () => steps, scored: () => scored },
    domain: () => domain.slice(0, channels),
    output: () => standardise({ ...train, count: train.count * scored }),
  }
}

/** Sequences, whose windows a recurrent network reads one time step after the other, and any other network as points. */
export async function sequenceExperiment(
  config: TrainConfig,
  problem: WindowProblem,
  entry: NetworkEntry,
  units: SpikingUnits,
  own?: PointNetwork,
): Promise<RegressionExperiment> {
  const data = entry.readsSteps ? windowData(problem) : pointData(problem)
  return {
    ...(await regressionExperiment(config, problem, entry, units, own, data)),
    unit: 'windows',
    rows: (on) => Promise.resolve(delayRows(problem, on === undefined ? problem.points('test') : pointsIn(on))),
  }
}
