import {
  SpikewardError,
  defineOptions,
  flag,
  integer,
  integers,
  neuronOption,
  number,
  numbers,
  opaque,
} from '@spikeward/core'
import type { Filled, OptionsOf, Spike } from '@spikeward/core'
import { domainOption, dtypeOption, isFunction, layerRange, outputOption } from '../shared/networkOptions.js'

const isSpike = (x: unknown): x is Spike => isFunction(x)

/**
 * Options of several spiking layers above each other, which networks pass on to their spiking blocks. Their other
 * blocks ignore them, and a network without a spiking block refuses them (INVALID_OPTION).
 */
export const deepLayersOptions = /* @__PURE__ */ defineOptions(() => ({
  /**
   * Residual layers: the current of each hidden layer is added to that of the next, I_{l+1}(t) = I_l(t) + s_l(t)
   * W_{l+1} + b_{l+1}. Keeps networks of many layers trainable. All hidden layers have the same width.
   */
  residual: flag({ default: false, help: 'add the current of each hidden layer to that of the next' }),
  /**
   * Standardise the weights into each neuron above the first layer: mean 0 and a fixed standard deviation. Needs no
   * statistics of data, so evaluation is as in training.
   */
  standardiseWeights: flag({ default: false, help: 'standardise the weights into each neuron above the first layer' }),
  /**
   * g: weights into the layers above the first are N(0, g²/fan_in) at initialisation, in L residual layers N(0,
   * g²/(fan_in (L − 1))); standardised weights keep this deviation. With a small g residual layers start near a network
   * of one layer. Default 2, or 1 if standardised.
   */
  hiddenGain: number({
    min: 0,
    above: true,
    computed: '2, or 1 if standardised',
    help: 'scale of the initial weights above the first layer, N(0, scale²/fan_in)',
  }),
}))

/** Options that a spiking network and a spiking block share. */
export const spikingLayersOptions = /* @__PURE__ */ defineOptions(() => ({
  /** Neurons of each hidden layer, such as [100] or [50, 50]. */
  hidden: integers({ ...layerRange, required: true, help: 'neurons of each hidden layer' }),
  /** Neuron model of all hidden layers, such as `leakyIntegrateAndFire({ beta: 1 })`. */
  neuron: neuronOption({ required: true, help: 'neuron model of all hidden layers' }),
  ...deepLayersOptions,
  /** Time steps T. */
  time: integer({ min: 1, max: 1_000_000, required: true, help: 'time steps (T)' }),
  /** Steps that a layer computes at once. Memory grows with it; results do not depend on it. */
  chunk: integer({
    min: 1,
    computed: 'about 16384 rows (steps · batch), at most 32 steps, 8 for large batches',
    help: 'steps that a layer computes at once',
  }),
  /**
   * Interval of the uniform initial membranes, drawn once and the same for every input. [0, 0] is rest. Default [0, 1].
   */
  membrane: numbers({ minLength: 2, maxLength: 2, default: [0, 1], help: 'interval of the initial membranes' }),
}))

/** Options of {@link spikingMlp}. */
export const spikingMlpOptions = /* @__PURE__ */ defineOptions(() => ({
  inputs: integer({ min: 1, required: true, help: 'values of an input' }),
  outputs: integer({ min: 1, required: true, help: 'values of an output' }),
  ...spikingLayersOptions,
  /** The spike with its surrogate, such as `spike(atan())`. */
  spike: opaque('a spike, such as spike(atan())', isSpike, { required: true, help: 'spike with its surrogate' }),
  /** [low, high] of each input, mapped to [−1, 1]. Default [−1, 1]. */
  domain: domainOption,
  /** Outputs are shift + scale · affine, see {@link standardise}. Default 0 and 1. */
  output: outputOption,
  /** Default `f32`. */
  dtype: dtypeOption,
}))

/** Options of {@link spikingMlp}. */
export type SpikingMlpOptions = OptionsOf<typeof spikingMlpOptions>

const fail = (problem: string, remedy: string): never => {
  throw new SpikewardError('INVALID_OPTION', `spikingMlp: ${problem}; ${remedy}`)
}

/** Throws INVALID_OPTION if options contradict each other. */
export function checkConsistent({
  inputs,
  hidden,
  residual,
  standardiseWeights,
  membrane,
  domain,
}: Filled<typeof spikingMlpOptions>): void {
  if (residual && hidden.some((n) => n !== hidden[0]))
    fail(`residual layers of ${hidden.join(', ')} neurons`, 'give all hidden layers the same width')
  if (standardiseWeights && hidden.slice(0, -1).includes(1))
    fail(
      `standardised weights and layers of ${hidden.join(', ')} neurons`,
      'give every layer that another one reads at least 2 neurons, since a single weight has no deviation',
    )
  if (domain !== undefined && domain.length !== inputs)
    fail(`a domain of ${domain.length} intervals for ${inputs} inputs`, 'give one [low, high] for each input')
  const [low, high] = membrane as readonly [number, number]
  if (low > high) fail(`membrane = [${low}, ${high}]`, 'give low at most high')
}
