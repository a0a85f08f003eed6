import type { RegressionProblem } from '@spikeward/core'
import { spike } from '@spikeward/neurons'
import { solveReadout, spikingMlp, standardise, untrainedRidge } from '@spikeward/operators'
import type { SpikingMlpVariables } from '@spikeward/operators'
import { evaluate, evaluator, regressionTask } from '@spikeward/train'
import type { TrainConfig } from '../config/trainConfig.js'
import { usageError } from '../usage/usageError.js'
import { rowsOf } from './blocks.js'
import type { Units } from './blocks.js'
import { penaltyOf } from './penaltyOf.js'
import type { RegressionExperiment } from './experiment.js'

/** A function of points and the spiking network that learns it. */
export function regressionExperiment(
  config: TrainConfig,
  problem: RegressionProblem,
  { neuron, surrogate, time }: Units,
): RegressionExperiment {
  const network = spikingMlp({
    inputs: problem.inputs,
    outputs: problem.outputs,
    hidden: config.hidden ?? [],
    time,
    neuron,
    spike: spike(surrogate),
    domain: problem.domain,
    output: standardise(problem.points('train')),
  })
  checkBatch(config, problem.points('train').count, 'training points')
  const { widths } = network
  return {
    kind: 'regression',
    problem,
    task: regressionTask({ network, problem, batch: config.batch }),
    callbacks:
      config.readoutSolve === null
        ? []
        : [{ every: config.readoutSolve, run: solveReadout(network, penaltyOf(config)) }],
    size: {
      parameters: widths.slice(1).reduce((sum, n, l) => sum + ((widths[l] ?? 0) + 1) * n, 0),
      rows: rowsOf(config.batch, config.hidden ?? [], config.time),
      widest: Math.max(...widths),
      solved: widths.at(-2) ?? 0,
    },
    at: (points) => evaluator(network, points),
    async measure(variables: SpikingMlpVariables, split) {
      const { prediction, relativeL2 } = await evaluate(network, variables, problem.points(split))
      return { prediction, relativeL2, relativeL2Pooled: relativeL2, perFunction: null }
    },
    async baseline(untrained: SpikingMlpVariables) {
      return (await untrainedRidge(network, untrained, problem)).relativeL2
    },
  }
}

/** Refuses a batch that the training set does not hold. */
export function checkBatch({ batch }: Pick<TrainConfig, 'batch'>, count: number, what: string): void {
  if (batch <= count) return
  throw usageError('CLI_BAD_VALUE', `a batch of ${batch} from ${count} ${what}; give --batch from 1 to ${count}`)
}
