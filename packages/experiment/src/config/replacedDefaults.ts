import { describeOption } from '@spikeward/core'
import { neuronFactories } from '../catalogue/kinds/neurons.js'
import { canonical } from '../catalogue/notation/canonical.js'
import { flagOf, flagOptions } from '../catalogue/optionValues.js'
import { dashed } from '../usage/pick.js'
import type { TrainConfig, TrainOptions } from './trainConfig.js'

/**
 * Notes about the values tuned for a problem that replace the defaults of the neurons that the command line names; none if it names no
 * neurons.
 *
 * @param options of the command line
 * @param config the settings that they give
 */
export async function replacedDefaults(
  { neuron, declared: given = {} }: Pick<TrainOptions, 'neuron' | 'declared'>,
  { problem, neuronOptions }: Pick<TrainConfig, 'problem' | 'neuronOptions'>,
): Promise<readonly string[]> {
  const factories = neuron === undefined ? [] : await neuronFactories(neuron)
  return factories.flatMap(({ name, factory }) =>
    (factory === null ? [] : flagOptions(factory)).flatMap(([option, declared]) => {
      const flag = flagOf(option)
      const value = neuronOptions[flag]
      const declaredDefault = describeOption(option, declared).default
      if (value === undefined || given[flag] !== undefined || String(value) === declaredDefault) return []
      return [
        `note: ${canonical('neuron', name)} has ${flag} ${String(value)} in runs of ${problem}, instead of the default ${String(declaredDefault)} of its declaration; --${dashed(flag)} changes it\n`,
      ]
    }),
  )
}
