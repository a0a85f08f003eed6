import type { NeuronModel } from '@spikeward/core'
import type { FiringOptions } from './firing.js'
import type { Learned } from './learned.js'
import { integrateAndFire } from './models/integrateAndFire.js'
import type { MembraneState } from './models/integrateAndFire.js'
import { leakyIntegrateAndFire } from './models/leakyIntegrateAndFire.js'
import { synaptic } from './models/synaptic.js'
import type { SynapticState } from './models/synaptic.js'
import type { SpikeOptions } from './spike.js'

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

/** Parameters of snnTorch's `Leaky`, by its own defaults. */
export interface SnnTorchLeakyOptions {
  readonly beta: number
  /** 1 by default. */
  readonly threshold?: number
  /** `subtract` by default. */
  readonly reset?: 'subtract' | 'zero' | 'none'
  /** True by default. */
  readonly resetDelay?: boolean
}

/** snnTorch keeps its coefficients in single precision, whatever the dtype of the current. */
const single = Math.fround

/** A delayed reset is detached in snnTorch; one in the step of the spike uses the spike itself, with its surrogate. */
const snnTorchFiring = ({ threshold = 1, reset = 'subtract', resetDelay = true }: Partial<SnnTorchLeakyOptions>) =>
  ({ threshold: single(threshold), reset, resetDelay, resetDetached: resetDelay }) satisfies FiringOptions

/**
 * snnTorch's `Leaky`: u' = βu + x with a reset, H(0) = 0; β rounded to single precision, as there.
 *
 * @example
 * const { model, spikeOptions } = snnTorchLeaky({ beta: 0.9 })
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.4]), { steps: 5 }, spike(atan(), spikeOptions))
 * await outputs.data() // [0, 0, 1, 0, 0]
 */
export const snnTorchLeaky = (options: SnnTorchLeakyOptions): Convention<MembraneState> => ({
  model: leakyIntegrateAndFire({ beta: single(options.beta), ...snnTorchFiring(options) }),
  spikeOptions: { atThreshold: 0 },
})

/**
 * snnTorch's `Synaptic`: i' = αi + x, u' = βu + i' with a reset, H(0) = 0; α and β rounded to single precision.
 *
 * @example
 * const { model, spikeOptions } = snnTorchSynaptic({ alpha: 0.8, beta: 0.9 })
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.2]), { steps: 5 }, spike(atan(), spikeOptions))
 * await outputs.data() // [0, 0, 0, 1, 0]
 */
export const snnTorchSynaptic = (
  options: SnnTorchLeakyOptions & { readonly alpha: number },
): Convention<SynapticState> => ({
  model: synaptic({ alpha: single(options.alpha), beta: single(options.beta), ...snnTorchFiring(options) }),
  spikeOptions: { atThreshold: 0 },
})

/** Parameters of SpikingJelly's `IFNode`, by its own defaults. */
export interface SpikingJellyIfOptions {
  /** 1 by default. */
  readonly threshold?: number
  /** Membrane after a spike (a hard reset); null takes the threshold off (a soft reset). 0 by default. */
  readonly vReset?: number | null
  /** False by default: the derivative flows through the reset. */
  readonly detachReset?: boolean
}

const spikingJellyFiring = ({ threshold = 1, vReset = 0, detachReset = false }: SpikingJellyIfOptions) => ({
  threshold,
  ...(vReset === null ? { reset: 'subtract' as const } : { reset: 'zero' as const, resetMembrane: vReset }),
  initialMembrane: vReset ?? 0,
  resetDelay: false,
  resetDetached: detachReset,
})

/**
 * SpikingJelly's `IFNode`: charge h = v + x, fire with H(0) = 1, reset in the same step.
 *
 * @example
 * const { model, spikeOptions } = spikingJellyIf()
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.5]), { steps: 5 }, spike(atan(), spikeOptions))
 * await outputs.data() // [0, 1, 0, 1, 0]
 */
export const spikingJellyIf = (options: SpikingJellyIfOptions = {}): Convention<MembraneState> => ({
  model: integrateAndFire(spikingJellyFiring(options)),
  spikeOptions: { atThreshold: 1 },
})

/** Parameters of SpikingJelly's `LIFNode`, by its own defaults. */
export interface SpikingJellyLifOptions extends SpikingJellyIfOptions {
  /** Time constant in steps; 2 by default. */
  readonly tau?: number
  /** True by default: the input is divided by τ as well. */
  readonly decayInput?: boolean
}

/**
 * SpikingJelly's `LIFNode`: charge h = v + (x − (v − v_reset))/τ (`decayInput`) or h = v − (v − v_reset)/τ + x, fire
 * with H(0) = 1, reset in the same step. For a soft reset v_reset in the charge is 0.
 *
 * @example
 * const { model, spikeOptions } = spikingJellyLif({ tau: 2 })
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([1.3]), { steps: 5 }, spike(atan(), spikeOptions))
 * await outputs.data() // [0, 0, 1, 0, 0]
 */
export const spikingJellyLif = (options: SpikingJellyLifOptions = {}): Convention<MembraneState> => ({
  model: leakyIntegrateAndFire({
    beta: 1 - 1 / (options.tau ?? 2),
    decayInput: options.decayInput ?? true,
    restMembrane: options.vReset ?? 0,
    ...spikingJellyFiring(options),
  }),
  spikeOptions: { atThreshold: 1 },
})

/** Parameters of Norse's `LIFCell`, by its own defaults. */
export interface NorseLifOptions {
  /** Inverse synaptic time constant in 1/s; 200 by default. */
  readonly tauSynInv?: number
  /** Inverse membrane time constant in 1/s; 100 by default. */
  readonly tauMemInv?: number
  /** Leak membrane; 0 by default. */
  readonly vLeak?: number
  /** 1 by default. */
  readonly threshold?: number
  /** 0 by default. */
  readonly vReset?: number
  /** Step in s; 0.001 by default. */
  readonly dt?: number
}

/**
 * Norse's `LIFCell`: the input jumps the synaptic current i before Euler's step of the membrane,
 * v' = v + dt/τ_m (v_leak − v + i + x), i' = (1 − dt/τ_s)(i + x), fire with H(0) = 0, reset in the same step, detached.
 * Our state holds i + x where Norse's holds i' (ours times α = 1 − dt/τ_s).
 *
 * @example
 * const { model, spikeOptions } = norseLif()
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([2.5]), { steps: 5 }, spike(atan(), spikeOptions))
 * await outputs.data() // [0, 0, 1, 0, 1]
 */
export const norseLif = (options: NorseLifOptions = {}): Convention<SynapticState> => {
  const { tauSynInv = 200, tauMemInv = 100, vLeak = 0, threshold = 1, vReset = 0, dt = 0.001 } = options
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
}
