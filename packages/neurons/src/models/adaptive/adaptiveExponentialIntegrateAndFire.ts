import { add, defineFactory, defineOptions, div, exp, full, mul, number, sub } from '@spikeward/core'
import type { NeuronModel, OptionsOf, Tensor } from '@spikeward/core'
import { chargeFireReset, firing, firingOptions } from '../../firing.js'
import type { AdaptationState } from './izhikevich.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  ...firingOptions({ reset: 'zero', resetDelay: false, resetDetached: false }),
  /** Membrane after a `zero` reset; −0.1 by default. */
  resetMembrane: number({ computed: '-0.1 for a zero reset, else 0', help: 'membrane after a zero reset' }),
  /** Time constant in steps, τ > 0. */
  tau: number({ min: 0, above: true, default: 2, help: 'time constant in steps (τ)' }),
  /** Sharpness Δ > 0 of the upstroke. */
  sharpness: number({ min: 0, above: true, default: 1, help: 'sharpness of the upstroke (Δ)' }),
  /** Rheobase threshold θ_r, at which the upstroke starts. */
  rheobase: number({ default: 0.8, help: 'membrane at which the upstroke starts (θ_r)' }),
  /** Resting membrane u₀. */
  restMembrane: number({ default: 0, help: 'resting membrane (u₀)' }),
  /** Membrane before the first step; `resetMembrane` by default. */
  initialMembrane: number({ computed: 'resetMembrane', help: 'membrane before the first step' }),
  /** Time constant of the adaptation in steps, τ_w > 0. */
  adaptationTau: number({ min: 0, above: true, default: 10, help: 'time constant of the adaptation in steps (τ_w)' }),
  /** Coupling a of the adaptation to the membrane. */
  coupling: number({ default: 0.1, help: 'coupling of the adaptation to the membrane (a)' }),
  /** Jump b of the adaptation at a spike. */
  jump: number({ default: 0.1, help: 'jump of the adaptation at a spike (b)' }),
  /** Adaptation before the first step. */
  initialAdaptation: number({ default: 0, help: 'adaptation before the first step' }),
}))

/** Options of {@link adaptiveExponentialIntegrateAndFire}: those of the exponential neuron and of its adaptation. */
export type AdaptiveExponentialIntegrateAndFireOptions = OptionsOf<typeof options>

/**
 * Adaptive exponential integrate and fire (AdEx): an exponential membrane held back by an adaptation current, Euler's
 * step of one time unit.
 *
 *     c(u) = u + (x + u₀ − u + Δ exp((u − θ_r)/Δ) − w)/τ
 *     w' = w + (a(c(u) − u₀) − w)/τ_w + b s
 *
 * The order: charge, fire and reset as {@link firingOptions} states, adapt. Everything is in units of the membrane (the
 * leak conductance is 1), time in steps. Reset by default: to `resetMembrane` = −0.1, in the step of the spike.
 *
 * Brette & Gerstner, J. Neurophysiol. 94 (2005). There w follows the membrane before its step; ours follows the charged
 * one, before its reset, as `izhikevich` does here and in SpikingJelly: the two differ by O(1/(ττ_w)) a step.
 *
 * @example
 * const model = adaptiveExponentialIntegrateAndFire({ sharpness: 0.1, jump: 0.5 })
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([2]), { steps: 12 }, spike(atan()))
 * await outputs.data() // [0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0]
 */
export const adaptiveExponentialIntegrateAndFire = /* @__PURE__ */ defineFactory(
  {
    kind: 'neuron',
    name: 'adaptiveExponentialIntegrateAndFire',
    aliases: ['adaptiveExponential'],
    summary: 'adaptive exponential integrate and fire (AdEx)',
    facts: {
      equation: "c(u) = u + (x + u₀ − u + Δ exp((u − θ_r)/Δ) − w)/τ; w' = w + (a(c(u) − u₀) − w)/τ_w + bs",
      use: 'spike-frequency adaptation and biological firing patterns',
    },
    options,
  },
  (read) =>
    (given: AdaptiveExponentialIntegrateAndFireOptions = {}): NeuronModel<Record<never, never>, AdaptationState> => {
      const filled = read(given)
      const resetMembrane = filled.resetMembrane ?? (filled.reset === 'zero' ? -0.1 : 0)
      const fire = firing('adaptiveExponentialIntegrateAndFire', { ...filled, resetMembrane })
      const {
        tau,
        sharpness,
        rheobase,
        restMembrane: rest,
        initialMembrane: initial = resetMembrane,
        adaptationTau,
        coupling,
        jump,
        initialAdaptation,
      } = filled
      const upstroke = (u: Tensor): Tensor => mul(sharpness, exp(div(sub(u, rheobase), sharpness)))
      return {
        name: 'adaptiveExponentialIntegrateAndFire',
        init: () => ({}),
        rest: (shape, dtype = 'f32') => ({
          membrane: full(shape, initial, dtype),
          adaptation: full(shape, initialAdaptation, dtype),
        }),
        step(_params, { membrane: u, adaptation: w }, x, spike) {
          const charge = (v: Tensor): Tensor => add(v, div(sub(add(add(x, sub(rest, v)), upstroke(v)), w), tau))
          const { charged, membrane, spikes } = chargeFireReset(charge, u, fire, spike)
          const adapted = add(w, div(sub(mul(coupling, sub(charged, rest)), w), adaptationTau))
          return { state: { membrane, adaptation: add(adapted, mul(jump, spikes)) }, output: spikes }
        },
      }
    },
)
