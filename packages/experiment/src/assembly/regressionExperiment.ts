import type { Widths } from '../catalogue/kinds/networkSizes.js'
import { key as keyOf, sizeOf, trace } from '@spikeward/core'
import type { RegressionProblem, Tree } from '@spikeward/core'
import type { Callback, Task } from '@spikeward/train'
import type { TrainConfig } from '../config/trainConfig.js'
import { sharedReadout, solveReadout, untrainedRidge } from '@spikeward/operators'
import type { SpikingUnits } from '@spikeward/operators'
import { evaluate, evaluator, regressionTask } from '@spikeward/train'
import type { NetworkEntry } from '../catalogue/kinds/networks.js'
import { usageError } from '../usage/usageError.js'
import { networkRecord } from './network/networkRecord.js'
import { pointData, pointNetwork, showsFeatures } from './network/buildNetwork.js'
import type { FeatureVariables, FeaturesOf, PointNetwork } from './network/buildNetwork.js'
import { pickRows, pointRecorder } from './neuronRecorder.js'
import { usualPenalty } from '../config/settings/runSettings.js'
import type { RegressionExperiment } from './experiment.js'

/** A function of points and the network that learns it. */
export async function regressionExperiment(
  config: TrainConfig,
  problem: RegressionProblem,
  entry: NetworkEntry,
  units: SpikingUnits,
  own?: PointNetwork,
): Promise<RegressionExperiment> {
  const empty = (['train', 'validation', 'test'] as const).find((split) => problem.points(split).count === 0)
  if (empty !== undefined) {
    throw usageError(
      'CLI_BAD_VALUE',
      `no row is left for ${empty}: give a file with at least 10 rows, or another --split`,
    )
  }
  const { count } = problem.points('train')
  // The number of training rows of a file is not known when a batch is chosen.
  const batch = config.data === null ? config.batch : Math.min(config.batch, count)
  checkBatch({ batch }, count, 'training points')
  const data = pointData(problem, entry.readsSteps)
  const network = own ?? (await pointNetwork(config, entry, data, units))
  const solvable = showsFeatures(network) ? network : null
  const hidden = config.hidden ?? []
  const task = regressionTask({ network, problem, batch })
  return {
    kind: 'regression',
    record: await networkRecord(config, entry, data, {
      problem,
      conditions: false,
      amplitude: null,
      coefficients: null,
    }),
    problem,
    network,
    task,
    callbacks:
      config.readoutSolve === null
        ? []
        : [{ every: config.readoutSolve, ...solveOf(config, solvable, problem.outputs) }],
    size: {
      parameters: parametersOf(task),
      rows: rowsOf(batch, hidden, config.spiking === 'none' ? 1 : config.time),
      widest: Math.max(problem.inputs, ...hidden, problem.outputs),
      solved: hidden.at(-1) ?? problem.inputs,
    },
    counts: countsOf(problem),
    neurons: (split, which) => {
      const { inputs } = problem
      return Promise.resolve(pointRecorder(network, pickRows(problem.points(split).x, inputs, which), inputs))
    },
    at: (points) => evaluator(network, points),
    async measure(variables, split) {
      const { prediction, relativeL2 } = await evaluate(network, variables, problem.points(split))
      return { prediction, relativeL2, relativeL2Pooled: relativeL2, perFunction: null }
    },
    async baseline(untrained, on = problem.points('test')) {
      if (solvable === null) return null
      const measured: RegressionProblem = { ...problem, points: (of) => (of === 'test' ? on : problem.points(of)) }
      return (await untrainedRidge(solvable, untrained as FeatureVariables, measured)).relativeL2
    },
  }
}

function solveOf(config: TrainConfig, network: FeaturesOf | null, outputs: number): Omit<Callback, 'every'> {
  if (network !== null) {
    const penalty = penaltyOf(config)
    const { lambda = usualPenalty } = penalty
    const shared = sharedReadout(network, { lambda, outputs })
    return { run: solveReadout(network, penalty), shared }
  }
  throw usageError(
    'CLI_USAGE',
    `${config.network} does not expose the features from which a readout is solved; leave out --readout-solve`,
  )
}

export const countsOf = ({ points }: Pick<RegressionProblem, 'points'>): RegressionExperiment['counts'] => ({
  train: points('train').count,
  validation: points('validation').count,
  test: points('test').count,
})

export function checkBatch({ batch }: Pick<TrainConfig, 'batch'>, count: number, what: string): void {
  if (batch <= count) return
  throw usageError('CLI_BAD_VALUE', `a batch of ${batch} from ${count} ${what}; give --batch from 1 to ${count}`)
}

/**
 * The number of rows of the widest layer that are held at once: all time steps if a layer passes its spikes on, up to
 * the networks' chunk.
 */
export function rowsOf(samples: number, hidden: Widths, time: number): number {
  return hidden.length <= 1 ? samples : Math.max(samples, Math.min(32_768, samples * time))
}

/** The number of learned parameters of a task, from shapes only: nothing is computed. */
export function parametersOf({ init }: Pick<Task, 'init'>): number {
  const { program } = trace((key: ReturnType<typeof keyOf>): Tree => init(key).trained, keyOf(0))
  return program.outputs.reduce((sum, { aval }) => sum + sizeOf(aval.shape), 0)
}

export const penaltyOf = ({ readoutPenalty }: Pick<TrainConfig, 'readoutPenalty'>): { readonly lambda?: number } =>
  readoutPenalty === null ? {} : { lambda: readoutPenalty }
