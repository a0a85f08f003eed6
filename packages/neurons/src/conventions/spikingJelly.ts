import { type Filled, type OptionsOf, defineFactory, defineOptions, either, flag, none, number } from '@spikeward/core'
import type { FiringOptions } from '../firing.js'
import { type MembraneState, integrateAndFire } from '../models/linear/integrateAndFire.js'
import { leakyIntegrateAndFire } from '../models/linear/leakyIntegrateAndFire.js'
import type { Convention } from './norse.js'

const ifOptions = /* @__PURE__ */ defineOptions(() => ({
  /** 1 by default. */
  threshold: number({ min: 0, above: true, default: 1, help: 'membrane at which the neuron fires (θ)' }),
  /** Membrane after a spike (a hard reset); null takes the threshold off (a soft reset). 0 by default. */
  vReset: either(number({ default: 0, help: 'membrane after a spike; none: the threshold is taken off' }), none),
  /** False by default: the derivative flows through the reset. */
  detachReset: flag({ default: false, help: 'no derivative flows through the reset' }),
}))

const lifOptions = /* @__PURE__ */ defineOptions(() => ({
  /** Time constant in steps; 2 by default. */
  tau: number({ min: 1, default: 2, help: 'time constant, in steps (τ)' }),
  /** True by default: the input is divided by τ as well. */
  decayInput: flag({ default: true, help: 'divide the input by τ as well' }),
  ...ifOptions,
}))

/** Parameters of SpikingJelly's `IFNode`, by its own defaults. */
export type SpikingJellyIfOptions = OptionsOf<typeof ifOptions>

/** Parameters of SpikingJelly's `LIFNode`, by its own defaults. */
export type SpikingJellyLifOptions = OptionsOf<typeof lifOptions>

const firingOf = ({ threshold, vReset, detachReset }: Filled<typeof ifOptions>) =>
  ({
    threshold,
    ...(vReset === null ? { reset: 'subtract' as const } : { reset: 'zero' as const, resetMembrane: vReset }),
    resetDelay: false,
    resetDetached: detachReset,
  }) satisfies FiringOptions

/**
 * SpikingJelly's `IFNode`: charge h = v + x, fire with H(0) = 1, reset in the same step.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @example
 * const { model, spikeOptions } = spikingJellyIf()
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.5]), { steps: 5 }, spike(atan(), spikeOptions))
 * await outputs.data() // [0, 1, 0, 1, 0]
 */
export const spikingJellyIf = /* @__PURE__ */ defineFactory(
  {
    kind: 'convention',
    name: 'spikingJellyIf',
    summary: "SpikingJelly's IFNode, by its own defaults",
    options: ifOptions,
  },
  (read) =>
    (settings: SpikingJellyIfOptions = {}): Convention<MembraneState> => {
      const filled = read(settings)
      return {
        model: integrateAndFire({ ...firingOf(filled), initialMembrane: filled.vReset ?? 0 }),
        spikeOptions: { atThreshold: 1 },
      }
    },
)

/**
 * SpikingJelly's `LIFNode`: charge h = v + (x − (v − v_reset))/τ (`decayInput`) or h = v − (v − v_reset)/τ + x, fire
 * with H(0) = 1, reset in the same step. For a soft reset v_reset in the charge is 0.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @example
 * const { model, spikeOptions } = spikingJellyLif({ tau: 2 })
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([1.3]), { steps: 5 }, spike(atan(), spikeOptions))
 * await outputs.data() // [0, 0, 1, 0, 0]
 */
export const spikingJellyLif = /* @__PURE__ */ defineFactory(
  {
    kind: 'convention',
    name: 'spikingJellyLif',
    summary: "SpikingJelly's LIFNode, by its own defaults",
    options: lifOptions,
  },
  (read) =>
    (settings: SpikingJellyLifOptions = {}): Convention<MembraneState> => {
      const filled = read(settings)
      return {
        model: leakyIntegrateAndFire({
          ...firingOf(filled),
          beta: 1 - 1 / filled.tau,
          decayInput: filled.decayInput,
          restMembrane: filled.vReset ?? 0,
          initialMembrane: filled.vReset ?? 0,
        }),
        spikeOptions: { atThreshold: 1 },
      }
    },
)
