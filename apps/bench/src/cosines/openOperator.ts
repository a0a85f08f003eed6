/** A spiking separable operator network and its task. */
import type { OperatorProblem } from '@spikeward/core'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import { sepOnet, standardiseOutputs, standardiseSensors } from '@spikeward/operators'
import { operatorTask } from '@spikeward/train'

/** The number of functions for training. The other splits are not used. */
export const FEW = { train: 200, validation: 10, test: 10 }

/** The settings of a network and its batches. */
export type OperatorSettings = {
  /** Neurons of the hidden layer of the branch, and of each trunk. */
  readonly width: number
  readonly features: number
  readonly time: number
  /** Functions per step. */
  readonly batch: number
  /** Points per step. */
  readonly points: number
}

/** Makes the task. */
export async function openOperator(
  problem: OperatorProblem,
  { width, features, time, batch, points }: OperatorSettings,
) {
  const block = {
    kind: 'spiking',
    neuron: leakyIntegrateAndFire({ beta: 1 }),
    surrogate: atan(),
    time,
    hidden: [width],
  } as const
  const data = await problem.data('train')
  const network = sepOnet({
    ...{ sensors: problem.sensors.count, axes: problem.axes.length, features, domain: problem.domain },
    ...{ branch: block, trunk: block, sample: data.sensors },
    ...{ input: standardiseSensors(data), output: standardiseOutputs(data) },
  })
  return operatorTask({ network, problem, functions: batch, points })
}
