import type { DataOptions, OperatorNetwork, RolloutProblem, Tree } from '@spikeward/core'
import { prepareOperator, suppliedOptions, timeStepper } from '@spikeward/operators'
import type { SpikingUnits } from '@spikeward/operators'
import { evaluateOperator, networkRollout, rolloutMeasures, rolloutTask } from '@spikeward/train'
import type { RolloutTraining, Variables } from '@spikeward/train'
import type { NetworkEntry } from '../catalogue/kinds/networks.js'
import type { TrainConfig } from '../config/trainConfig.js'
import type { Measurement, OperatorExperiment, Split } from './experiment.js'
import { bareOperatorNetwork, operatorSizes } from './network/buildNetwork.js'
import { networkRecord } from './network/networkRecord.js'
import { operatorRecorder, pickRows } from './neuronRecorder.js'
import { parametersOf } from './regressionExperiment.js'

/**
 * Trajectories and the network that learns them as a time-stepper: an operator from the first frame to all later ones, measured on whole
 * trajectories and trained on windows of a few steps. Its readout is not solved for: the baseline is the untrained network itself.
 */
export async function rolloutExperiment(
  config: TrainConfig,
  problem: RolloutProblem,
  training: RolloutTraining,
  entry: NetworkEntry,
  units: SpikingUnits,
  asked: DataOptions,
): Promise<OperatorExperiment> {
  await problem.states('train', asked)
  const { step } = problem
  const sizes = operatorSizes(config, entry, units)
  const prepared = await prepareOperator(step, await step.data('train', asked), entry.named.factory, { hard: false })
  const given = suppliedOptions(prepared, sizes)
  const inner = await bareOperatorNetwork(config, entry, given)
  const network = timeStepper(inner)
  const task = await rolloutTask({ network, problem, functions: config.batch, ...training })
  const measureOf = async (
    stepper: OperatorNetwork<Variables, Tree>,
    variables: Variables,
    split: Split,
    on: Pick<RolloutProblem, 'data'> = problem,
  ): Promise<Measurement> => {
    const data = await on.data(split, asked)
    const evaluation = await evaluateOperator(stepper, variables, problem, data)
    if (split !== 'test') return evaluation
    const { predict, dispose } = networkRollout(stepper, variables, problem)
    try {
      return { ...evaluation, rollout: await rolloutMeasures(predict, problem, data) }
    } finally {
      dispose()
    }
  }
  const { count } = problem.sensors
  return {
    kind: 'operator',
    record: await networkRecord(config, entry, given, {
      ...{ problem, conditions: false, amplitude: null, coefficients: null, rollout: true },
    }),
    problem,
    rollout: problem,
    network,
    received: prepared.train,
    transform: null,
    measureOther: (other, variables, split) => measureOf(timeStepper(other), variables, split),
    branchInput: prepared.branchInput,
    task,
    callbacks: [],
    size: {
      parameters: parametersOf(task),
      rows:
        config.batch * (count / step.outputs) * training.unroll * (sizes.spiking?.branch === true ? config.time : 1),
      widest: Math.max(count, sizes.features, ...sizes.branch, ...sizes.trunk),
      solved: 0,
    },
    measure: (variables, split) => measureOf(network, variables, split),
    counts: problem.sizes,
    async neurons(split, which) {
      const rows = pickRows((await problem.data(split, asked)).sensors, count, which)
      return operatorRecorder(inner, { rows, sensors: count }, null)
    },
    solved: () => Promise.resolve(null),
    improved: () => Promise.resolve(null),
    solves: false,
    solvesLast: false,
    baseline: async (untrained, on = problem) =>
      (await evaluateOperator(network, untrained, on, await on.data('test'))).relativeL2,
  }
}
