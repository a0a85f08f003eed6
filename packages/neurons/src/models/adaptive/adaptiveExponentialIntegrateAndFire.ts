import { add, defineFactory, defineOptions, div, full, sub } from '@spikeward/core'
import type { NeuronModel, OptionsOf, Tensor } from '@spikeward/core'
import { eulerFiring, eulerOptions } from '../../euler.js'
import { chargeFireReset } from '../../firing.js'
import { upstroke, upstrokeOptions } from '../nonlinear/exponentialIntegrateAndFire.js'
import { type AdaptationState, adaptationOptions, adapted } from './adaptation.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  ...eulerOptions(upstrokeOptions()),
  ...adaptationOptions({ adaptationTau: 10, jump: 0.1 }),
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
    (settings: AdaptiveExponentialIntegrateAndFireOptions = {}): NeuronModel<Record<never, never>, AdaptationState> => {
      const filled = read(settings)
      const { fire, initialMembrane } = eulerFiring('adaptiveExponentialIntegrateAndFire', filled)
      const { tau, restMembrane: rest } = filled
      return {
        name: 'adaptiveExponentialIntegrateAndFire',
        init: () => ({}),
        rest: (shape, dtype = 'f32') => ({
          membrane: full(shape, initialMembrane, dtype),
          adaptation: full(shape, filled.initialAdaptation, dtype),
        }),
        step(_params, { membrane: u, adaptation: w }, x, spike) {
          const charge = (v: Tensor): Tensor => add(v, div(sub(add(add(x, sub(rest, v)), upstroke(v, filled)), w), tau))
          const fired = chargeFireReset(charge, u, fire, spike)
          return {
            state: { membrane: fired.membrane, adaptation: adapted(w, fired, filled) },
            output: fired.spikes,
          }
        },
      }
    },
)
