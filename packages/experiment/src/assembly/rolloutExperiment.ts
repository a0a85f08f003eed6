import type { DataOptions, RolloutProblem } from '@spikeward/core'
import { type SpikingUnits, prepareOperator, suppliedOptions, timeStepper } from '@spikeward/operators'
import { evaluateOperator, networkRollout, rolloutMeasures, rolloutTask } from '@spikeward/train'
import type { RolloutTraining, Variables } from '@spikeward/train'
import type { NetworkEntry } from '../catalogue/kinds/networks.js'
import type { TrainConfig } from '../config/trainConfig.js'
import type { Measurement, OperatorExperiment, Split } from './experiment.js'
import { bareOperatorNetwork, operatorSizes } from './network/buildNetwork.js'
import { networkRecord } from './network/networkRecord.js'
import { type Functions, functionsIn, ofFunctions, shapeOf } from './operatorExperiment.js'
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
  dataOptions: DataOptions,
): Promise<OperatorExperiment> {
  await problem.states('train', dataOptions)
  const { step } = problem
  const sizes = operatorSizes(config, entry, units)
  const prepared = await prepareOperator(step, await step.data('train', dataOptions), entry.named.factory, {
    hard: false,
  })
  const given = suppliedOptions(prepared, sizes)
  const inner = await bareOperatorNetwork(config, entry, given)
  const network = timeStepper(inner)
  const task = await rolloutTask({ network, problem, functions: config.batch, ...training })
  const measured = ({ problem: on, data }: Functions, variables: Variables, by = network): Promise<Measurement> =>
    evaluateOperator(by, variables, on, data)
  const measureOf = async (by: typeof network, variables: Variables, split: Split): Promise<Measurement> => {
    const data = await problem.data(split, dataOptions)
    const evaluation = await measured({ problem, data }, variables, by)
    if (split !== 'test') return evaluation
    const { predict, dispose } = networkRollout(by, variables, problem)
    try {
      return { ...evaluation, rollout: await rolloutMeasures(predict, problem, data) }
    } finally {
      dispose()
    }
  }
  const { count } = problem.sensors
  return {
    ...ofFunctions(problem, network, entry.onGrid, dataOptions),
    record: await networkRecord(config, entry, given, { kind: 'operator', shape: shapeOf(problem), rollout: true }),
    task,
    callbacks: [],
    size: {
      parameters: parametersOf(task),
      rows:
        config.batch * (count / step.outputs) * training.unroll * (sizes.spiking?.branch === true ? config.time : 1),
      widest: Math.max(count, sizes.features, ...sizes.branch, ...sizes.trunk),
      solved: 0,
    },
    measure: (variables, on) =>
      typeof on === 'string' ? measureOf(network, variables, on) : measured(functionsIn(on), variables),
    async neurons(split, which) {
      const rows = pickRows((await problem.data(split, dataOptions)).sensors, count, which)
      return operatorRecorder(inner, { rows, sensors: count }, null)
    },
    // A rollout is compared with its untrained network as it is.
    noBaseline: null,
    async baseline(untrained, on) {
      const test = on === undefined ? { problem, data: await problem.data('test') } : functionsIn(on)
      return (await measured(test, untrained)).relativeL2
    },
    readouts: null,
    blocks: {
      branchInput: prepared.branchInput,
      received: prepared.train,
      transform: null,
      measure: (other, variables, split) => measureOf(timeStepper(other), variables, split),
    },
    rollout: problem,
  }
}
