import { type Filled, type OptionsOf, choice, defineFactory, defineOptions, flag, number } from '@spikeward/core'
import { type FiringOptions, resetNames } from '../firing.js'
import type { MembraneState } from '../models/linear/integrateAndFire.js'
import { leakyIntegrateAndFire } from '../models/linear/leakyIntegrateAndFire.js'
import { type SynapticState, synaptic } from '../models/synaptic/synaptic.js'
import type { Convention } from './norse.js'

const leakyOptions = /* @__PURE__ */ defineOptions(() => ({
  /** Share of the membrane that is left after a step, 0 to 1. */
  beta: number({ min: 0, max: 1, required: true, help: 'share of the membrane left after a step (β)' }),
  /** 1 by default. */
  threshold: number({ min: 0, above: true, default: 1, help: 'membrane at which the neuron fires (θ)' }),
  /** `subtract` by default. */
  reset: choice(resetNames, { default: 'subtract', help: 'what a spike does to the membrane' }),
  /** True by default. */
  resetDelay: flag({ default: true, help: 'the reset acts one step after the spike' }),
}))

const synapticOptions = /* @__PURE__ */ defineOptions(() => ({
  /** Share of the synaptic current that is left after a step, 0 to 1. */
  alpha: number({ min: 0, max: 1, required: true, help: 'share of the synaptic current left after a step (α)' }),
  ...leakyOptions,
}))

/** Parameters of snnTorch's `Leaky`, by its own defaults. */
export type SnnTorchLeakyOptions = OptionsOf<typeof leakyOptions>

/** Parameters of snnTorch's `Synaptic`, by its own defaults. */
export type SnnTorchSynapticOptions = OptionsOf<typeof synapticOptions>

/** snnTorch stores its coefficients in single precision, for any dtype of the current. */
const single = Math.fround

/** A delayed reset is detached in snnTorch; one in the step of the spike uses the spike itself, with its surrogate. */
const firingOf = ({ threshold, reset, resetDelay }: Filled<typeof leakyOptions>) =>
  ({ threshold: single(threshold), reset, resetDelay, resetDetached: resetDelay }) satisfies FiringOptions

/**
 * snnTorch's `Leaky`: u' = βu + x with a reset, H(0) = 0; β rounded to single precision, as there.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @example
 * const { model, spikeOptions } = snnTorchLeaky({ beta: 0.9 })
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.4]), { steps: 5 }, spike(atan(), spikeOptions))
 * await outputs.data() // [0, 0, 1, 0, 0]
 */
export const snnTorchLeaky = /* @__PURE__ */ defineFactory(
  {
    kind: 'convention',
    name: 'snnTorchLeaky',
    summary: "snnTorch's Leaky, by its own defaults",
    options: leakyOptions,
  },
  (read) =>
    (settings: SnnTorchLeakyOptions): Convention<MembraneState> => {
      const filled = read(settings)
      return {
        model: leakyIntegrateAndFire({ beta: single(filled.beta), ...firingOf(filled) }),
        spikeOptions: { atThreshold: 0 },
      }
    },
)

/**
 * snnTorch's `Synaptic`: i' = αi + x, u' = βu + i' with a reset, H(0) = 0; α and β rounded to single precision.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @example
 * const { model, spikeOptions } = snnTorchSynaptic({ alpha: 0.8, beta: 0.9 })
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.2]), { steps: 5 }, spike(atan(), spikeOptions))
 * await outputs.data() // [0, 0, 0, 1, 0]
 */
export const snnTorchSynaptic = /* @__PURE__ */ defineFactory(
  {
    kind: 'convention',
    name: 'snnTorchSynaptic',
    summary: "snnTorch's Synaptic, by its own defaults",
    options: synapticOptions,
  },
  (read) =>
    (settings: SnnTorchSynapticOptions): Convention<SynapticState> => {
      const filled = read(settings)
      return {
        model: synaptic({ alpha: single(filled.alpha), beta: single(filled.beta), ...firingOf(filled) }),
        spikeOptions: { atThreshold: 0 },
      }
    },
)
