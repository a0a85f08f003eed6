/** The neurons of a run as plain numbers: models that NIR has a node for, according to their declarations. */
import { SpikewardError, kebabCase } from '@spikeward/core'
import { resetNames } from '@spikeward/neurons'
import type { NeuronDescription } from '@spikeward/nir'
import { factories } from '../catalogue/factories.js'
import type { Factory } from '../catalogue/factories.js'
import { declaredModels } from '../catalogue/kinds/neurons.js'
import type { DeclaredModel } from '../catalogue/kinds/neurons.js'
import type { TrainConfig } from '../config/trainConfig.js'

/** The nodes of NIR that stand for neurons here. */
const isNode = (node: unknown): node is 'LIF' | 'IF' => node === 'LIF' || node === 'IF'

/** The names of the models with such a node. */
const described = (): string =>
  Object.entries<Factory>(factories.neuron)
    .filter(([, { declaration }]) => isNode(declaration.facts['nirNode']))
    .map(([name]) => name)
    .join(' or ')

/** The error of a run that has no description. */
export const cannot = (what: string): SpikewardError =>
  new SpikewardError(
    'CLI_NOT_DEPLOYABLE',
    `${what}; only a run of a spiking perceptron with leaky or plain integrate-and-fire neurons (${described()}) can be exported and quantised`,
  )

/** Coefficients of the neurons, the constant current that stands for a leak to another membrane than 0, and whether layers are recurrent. */
export type DescribedNeurons = {
  readonly neuron: Omit<NeuronDescription, 'initialMembrane'>
  readonly current: number
  readonly isRecurrent: boolean
}

const isNumber = (value: unknown): value is number => typeof value === 'number'

/** The options that a description holds, and `initialMembrane`: the network draws the membranes before the first step itself. */
const held = [
  ...['beta', 'decayInput', 'restMembrane', 'threshold', 'initialMembrane'],
  ...['reset', 'resetDelay', 'resetDetached', 'resetMembrane', 'learn'],
]

/** Refuses a model with another option than its default that no description holds. */
function checkOthers({ options, values }: DeclaredModel): void {
  for (const [name, { default: usual }] of Object.entries(options)) {
    if (held.includes(name) || values[name] === usual) continue
    throw cannot(
      `the neurons of this run have their own ${name} (${String(values[name])}), which no file or chip here holds: train without --${kebabCase(name)}`,
    )
  }
}

/**
 * The neurons that a run was trained with: βu + (1 − β)u₀ + κx is βu + κ(x + (1 − β)u₀/κ).
 *
 * @throws CLI_NOT_DEPLOYABLE if NIR has no node for the model, or none for its options
 */
export async function describeNeurons({ neuron, neuronOptions }: TrainConfig): Promise<DescribedNeurons> {
  const models = await declaredModels(neuron, neuronOptions)
  const [model, wrapper, ...more] = models.toReversed()
  const node = model?.facts['nirNode']
  // Feedback weights are a Linear node; the gain of their initial values is trained away.
  const fits = more.length === 0 && (wrapper === undefined || wrapper?.facts['nirNode'] === 'Linear')
  if (!model || !isNode(node) || !fits) throw cannot(`the neurons of this run are ${neuron}`)
  checkOthers(model)
  const {
    reset,
    resetDelay,
    resetDetached,
    threshold,
    resetMembrane,
    decayInput = false,
    restMembrane = 0,
  } = model.values
  if (resetDetached !== true)
    throw cannot(
      'derivatives flow through the reset of these neurons, and training that continues from a file or on a chip has none there: train without --no-reset-detached',
    )
  const rule = resetNames.find((one) => one === reset)
  if (rule === undefined) throw cannot(`the reset of this run is ${String(reset)}`)
  const beta = node === 'IF' ? 1 : model.values['beta']
  if (!isNumber(beta) || !isNumber(threshold) || !isNumber(restMembrane) || !isNumber(resetMembrane))
    throw cannot('the leak, the threshold or a membrane of these neurons is no number')
  const gain = decayInput === true ? 1 - beta : 1
  if (gain === 0)
    throw cannot(
      'the currents of this run are scaled by 1 − beta, which is 0: train with a smaller --beta, or without --decay-input',
    )
  return {
    neuron: {
      beta,
      gain,
      threshold,
      reset: rule,
      resetMembrane: rule === 'zero' ? resetMembrane : 0,
      resetDelayed: resetDelay === true,
    },
    current: ((1 - beta) * restMembrane) / gain,
    isRecurrent: wrapper !== undefined,
  }
}
