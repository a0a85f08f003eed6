/** The neurons of a run as plain numbers: models that NIR has a node for, according to their declarations. */
import { SpikewardError, kebabCase } from '@spikeward/core'
import { neuronFromOptions } from '@spikeward/nir'
import type { DescribedNeuron } from '@spikeward/nir'
import { factories } from '../catalogue/factories.js'
import type { Factory } from '../catalogue/factories.js'
import { declaredModels } from '../catalogue/kinds/neurons.js'
import type { TrainConfig } from '../config/trainConfig.js'

const isNode = (node: unknown): node is 'LIF' | 'IF' => node === 'LIF' || node === 'IF'

const described = (): string =>
  Object.entries<Factory>(factories.neuron)
    .filter(([, { declaration }]) => isNode(declaration.facts['nirNode']))
    .map(([name]) => name)
    .join(' or ')

export const cannot = (what: string): SpikewardError =>
  new SpikewardError(
    'CLI_NOT_DEPLOYABLE',
    `${what}; only a run of a spiking perceptron with leaky or plain integrate-and-fire neurons (${described()}) can be exported and quantised`,
  )

export type DescribedNeurons = DescribedNeuron & { readonly isRecurrent: boolean }

/** How to train without what an option does, where leaving out its flag is not enough. */
const remedies: Readonly<Record<string, string>> = {
  resetDetached: 'train without --no-reset-detached',
  decayInput: 'train with a smaller --beta, or without --decay-input',
}

const cannotFor = (reason: string, option?: string): SpikewardError =>
  cannot(option === undefined ? reason : `${reason}: ${remedies[option] ?? `train without --${kebabCase(option)}`}`)

/**
 * The neurons that a run was trained with.
 *
 * @throws CLI_NOT_DEPLOYABLE if NIR has no node for the model, or none for its options
 */
export async function describeNeurons({ neuron, neuronOptions }: TrainConfig): Promise<DescribedNeurons> {
  const models = await declaredModels(neuron, neuronOptions)
  const [model, wrapper, ...more] = models.toReversed()
  // Feedback weights are a Linear node; the gain of their initial values is trained away.
  const fits = more.length === 0 && (wrapper === undefined || wrapper?.facts['nirNode'] === 'Linear')
  if (!model || !fits) throw cannot(`the neurons are ${neuron}`)
  return {
    ...neuronFromOptions({ ...model, name: neuron }, model.values, cannotFor),
    isRecurrent: wrapper !== undefined,
  }
}
