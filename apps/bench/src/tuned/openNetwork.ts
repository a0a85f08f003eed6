/** The network of a training, its task and the loss of a step. */
import type { Key, RegressionProblem } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp, standardise } from '@spikeward/operators'
import type { SpikingMlpTrained, SpikingMlpVariables } from '@spikeward/operators'
import { regressionTask } from '@spikeward/train'
import type { Points, StepLoss } from '@spikeward/train'

/** The arguments of a step besides the parameters. */
export type Given = { readonly fixed: SpikingMlpVariables['fixed']; readonly data: Points }

/** The settings of a network and its batches. */
export type NetworkSettings = {
  readonly hidden: readonly number[]
  readonly time: number
  readonly batch: number
  readonly beta: number
  /** Residual layers. Absent: no. */
  readonly residual?: true
  /** Derivatives pass the reset, through the surrogate of its spike. Absent: no. */
  readonly attachedReset?: true
}

/** Makes the network, its task on a problem, and the loss of a step with its parts. */
export function openNetwork(settings: NetworkSettings, problem: RegressionProblem) {
  const { hidden, time, batch, beta } = settings
  const network = spikingMlp({
    inputs: problem.inputs,
    outputs: problem.outputs,
    hidden,
    time,
    residual: settings.residual === true,
    neuron: leakyIntegrateAndFire({ beta, resetDetached: settings.attachedReset !== true }),
    spike: spike(atan()),
    domain: problem.domain,
    output: standardise(problem.points('train')),
  })
  const task = regressionTask({ network, problem, batch })
  const loss: StepLoss<SpikingMlpTrained, Given> = Object.assign(
    (p: SpikingMlpTrained, { fixed, data }: Given, k: Key) => task.objective(p, fixed, data, k),
    { parts: ({ fixed, data }: Given, k: Key) => task.parts!(fixed, data, k) },
  )
  return { network, task, loss }
}
