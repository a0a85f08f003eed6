import type { Declaration } from '@spikeward/core'
import type { NeuronDescription } from './description.js'

/** The neurons of the layers of a perceptron, apart from their membranes before the first step. */
export interface DescribedNeuron {
  readonly neuron: Omit<NeuronDescription, 'initialMembrane'>
  /** The constant current that stands for a leak to another membrane than 0; 0 for none. It is added to the bias. */
  readonly current: number
}

const resets = ['subtract', 'zero', 'none'] as const

const isNumber = (value: unknown): value is number => typeof value === 'number'

/**
 * The options that a description holds, and `initialMembrane`: the network draws the membranes before the first step
 * itself.
 */
const optionNames = [
  ...['beta', 'decayInput', 'restMembrane', 'threshold', 'initialMembrane'],
  ...['reset', 'resetDelay', 'resetDetached', 'resetMembrane', 'learn'],
]

/**
 * The description of a declared neuron model: βu + (1 − β)u₀ + κx is βu + κ(x + (1 − β)u₀/κ).
 *
 * @param values of all options of the model, defaults included
 * @param cannot the error for a reason why there is no description, and for the option that is the reason if one is
 * @throws the error of `cannot`, if NIR has no LIF or IF node for the model, or if an option that no description holds
 *   differs from its default
 */
export function neuronFromOptions(
  { name, facts, options }: Pick<Declaration, 'name' | 'facts' | 'options'>,
  values: Readonly<Record<string, unknown>>,
  cannot: (reason: string, option?: string) => Error,
): DescribedNeuron {
  const node = facts['nirNode']
  if (node !== 'LIF' && node !== 'IF') throw cannot(`the neurons are ${name}`)
  for (const [option, { default: byDefault }] of Object.entries(options)) {
    if (optionNames.includes(option) || values[option] === byDefault) continue
    throw cannot(
      `the neurons have their own ${option} (${String(values[option])}), which no file or chip here holds`,
      option,
    )
  }
  const { reset, threshold, resetMembrane, restMembrane = 0 } = values
  if (values['resetDetached'] !== true)
    throw cannot(
      'derivatives flow through the reset of the neurons, and training that continues from a file or on a chip has none there',
      'resetDetached',
    )
  const rule = resets.find((one) => one === reset)
  if (rule === undefined) throw cannot(`the reset of the neurons is ${String(reset)}`, 'reset')
  const beta = node === 'IF' ? 1 : values['beta']
  if (!isNumber(beta) || !isNumber(threshold) || !isNumber(restMembrane) || !isNumber(resetMembrane))
    throw cannot('the leak, the threshold or the membrane of a neuron is not a number')
  const gain = values['decayInput'] === true ? 1 - beta : 1
  if (gain === 0) throw cannot('the currents of the neurons are scaled by 1 − beta, which is 0', 'decayInput')
  return {
    neuron: {
      beta,
      gain,
      threshold,
      reset: rule,
      resetMembrane: rule === 'zero' ? resetMembrane : 0,
      resetDelayed: values['resetDelay'] === true,
    },
    current: ((1 - beta) * restMembrane) / gain,
  }
}
