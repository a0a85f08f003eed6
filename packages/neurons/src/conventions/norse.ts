import { type NeuronModel, type OptionsOf, defineFactory, defineOptions, number } from '@spikeward/core'
import type { Learned } from '../learned.js'
import type { MembraneState } from '../models/linear/integrateAndFire.js'
import { type SynapticState, synaptic } from '../models/synaptic/synaptic.js'
import type { SpikeOptions } from '../spike.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Inverse synaptic time constant in 1/s; 200 by default. */
  tauSynInv: number({ min: 0, default: 200, help: 'inverse synaptic time constant, in 1/s' }),
  /** Inverse membrane time constant in 1/s; 100 by default. */
  tauMemInv: number({ min: 0, default: 100, help: 'inverse membrane time constant, in 1/s' }),
  /** Leak membrane; 0 by default. */
  vLeak: number({ default: 0, help: 'membrane to which the leak leads' }),
  /** 1 by default. */
  threshold: number({ min: 0, above: true, default: 1, help: 'membrane at which the neuron fires (θ)' }),
  /** 0 by default. */
  vReset: number({ default: 0, help: 'membrane after a spike' }),
  /** Step in s; 0.001 by default. */
  dt: number({ min: 0, above: true, default: 0.001, help: 'step, in s' }),
}))

/** Parameters of Norse's `LIFCell`, by its own defaults. */
export type NorseLifOptions = OptionsOf<typeof options>

/**
 * Norse's `LIFCell`: the input jumps the synaptic current i before Euler's step of the membrane,
 * v' = v + dt/τ_m (v_leak − v + i + x), i' = (1 − dt/τ_s)(i + x), fire with H(0) = 0, reset in the same step, detached.
 * Our state holds i + x where Norse's holds i' (ours times α = 1 − dt/τ_s).
 *
 * @throws INVALID_OPTION, also for a step above a time constant; UNKNOWN_OPTION
 * @example
 * const { model, spikeOptions } = norseLif()
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([2.5]), { steps: 5 }, spike(atan(), spikeOptions))
 * await outputs.data() // [0, 0, 1, 0, 1]
 */
export const norseLif = /* @__PURE__ */ defineFactory(
  { kind: 'convention', name: 'norseLif', summary: "Norse's LIFCell, by its own defaults", options },
  (read) =>
    (settings: NorseLifOptions = {}): Convention<SynapticState> => {
      const { tauSynInv, tauMemInv, vLeak, threshold, vReset, dt } = read(settings)
      return {
        model: synaptic({
          alpha: 1 - dt * tauSynInv,
          beta: 1 - dt * tauMemInv,
          decayInput: true,
          restMembrane: vLeak,
          initialMembrane: vLeak,
          threshold,
          reset: 'zero',
          resetMembrane: vReset,
          resetDelay: false,
          resetDetached: true,
        }),
        spikeOptions: { atThreshold: 0 },
      }
    },
)

/**
 * Another library's neuron: one of our models with the options that make it that neuron, and the options of the
 * spike, whose H(0) is a part of the convention.
 *
 * @example
 * const { model, spikeOptions } = spikingJellyLif({ tau: 2 })
 * const fire = spike(atan(), spikeOptions)
 * await fire(zeros([1])).item() // 1
 */
export interface Convention<S extends MembraneState> {
  readonly model: NeuronModel<Learned<never>, S>
  readonly spikeOptions: Required<SpikeOptions>
}
