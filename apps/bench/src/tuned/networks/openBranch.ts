/** The network of a training on an operator, its task and its errors: all trained layers are those of a spiking branch. */
import { jit, toOperatorTensors, treeLeaves } from '@spikeward/core'
import type { OperatorTensors } from '@spikeward/core'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import { operatorReadoutPath, podDeepOnet, standardiseOutputs } from '@spikeward/operators'
import { evaluateOperator, operatorTask } from '@spikeward/train'
import type { NetworkSettings } from './opened.js'
import type { OperatorSample } from './operatorSamples.js'

/** Functions on which the rates of the branch are centred. */
const CENTRED = 256

/** Scale of the first layer, for which a branch of components is far from linear. */
const GAIN = 1

/** Penalties of the ridge regression, of which the validation error chooses one. */
const PENALTIES = Array.from({ length: 7 }, (_, i) => 10 ** (i - 7))

/** Makes a network with a fixed basis of the solutions, and its task. */
export async function openBranch(
  settings: NetworkSettings,
  { problem, train, points, basis, principal }: OperatorSample,
) {
  const { hidden, time, batch, beta } = settings
  const sensors = problem.sensors.count
  const network = podDeepOnet({
    sensors,
    branch: {
      kind: 'spiking',
      neuron: leakyIntegrateAndFire({ beta, resetDetached: settings.attachedReset !== true }),
      surrogate: atan(),
      residual: settings.residual === true,
      standardiseWeights: settings.standardiseWeights === true,
      hidden,
      time,
    },
    gain: GAIN,
    components: principal.components,
    principal: () => principal,
    sample: train.sensors.slice(0, CENTRED * sensors),
    basis,
    at: problem.at,
    scale: standardiseOutputs(train).scale[0]!,
  })
  type V = ReturnType<typeof network.init>
  const error = async (variables: V, split: 'validation' | 'test'): Promise<number> =>
    (await evaluateOperator(network, variables, problem, await problem.data(split))).relativeL2
  return {
    task: await operatorTask({ network, problem, functions: batch, points }),
    weights: (trained: V['trained']) => trained.branch.layers.map(({ weight }) => weight),
    error,
    async ridge(untrained: V): Promise<number> {
      const solve = operatorReadoutPath(network, {}, PENALTIES)
      const compiled = jit((v: V, data: OperatorTensors) => solve(v, data))
      const each = compiled(untrained, toOperatorTensors(problem, train)).map((trained) => ({ ...untrained, trained }))
      compiled.dispose()
      try {
        let best = { validation: Infinity, variables: untrained }
        for (const variables of each) {
          const validation = await error(variables, 'validation')
          if (validation < best.validation) best = { validation, variables }
        }
        return await error(best.variables, 'test')
      } finally {
        for (const { trained } of each) treeLeaves(trained).forEach((t) => t.dispose())
      }
    },
  }
}
