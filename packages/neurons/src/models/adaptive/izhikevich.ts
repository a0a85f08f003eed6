import { add, defineFactory, defineOptions, div, full, sub } from '@spikeward/core'
import type { NeuronModel, OptionsOf, Tensor } from '@spikeward/core'
import { eulerFiring, eulerOptions } from '../../euler.js'
import { chargeFireReset } from '../../firing.js'
import { parabola, parabolaOptions } from '../nonlinear/quadraticIntegrateAndFire.js'
import { type AdaptationState, adaptationOptions, adapted } from './adaptation.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  ...eulerOptions(parabolaOptions()),
  ...adaptationOptions({ adaptationTau: 1.5, jump: 0.02 }),
}))

/** Options of {@link izhikevich}: those of the quadratic neuron and of its recovery. */
export type IzhikevichOptions = OptionsOf<typeof options>

/**
 * Izhikevich's neuron: a quadratic membrane held back by a recovery variable, Euler's step of one time unit.
 *
 *     c(u) = u + (x + a₀(u − u₀)(u − u_c) − w)/τ
 *     w' = w + (a(c(u) − u₀) − w)/τ_w + b s
 *
 * Fire and reset as {@link firingOptions} states. The defaults are SpikingJelly's `IzhikevichNode` (whose H(0) is 1);
 * the recovery follows the charged membrane, before its reset. Izhikevich, IEEE Trans. Neural Netw. 14 (2003).
 *
 * @example
 * const model = izhikevich({ jump: 0.2 })
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.8]), { steps: 10 }, spike(atan()))
 * await outputs.data() // [0, 0, 0, 1, 0, 0, 0, 1, 0, 0]
 */
export const izhikevich = /* @__PURE__ */ defineFactory(
  {
    kind: 'neuron',
    name: 'izhikevich',
    summary: "Izhikevich's neuron: a quadratic membrane with a recovery variable",
    facts: {
      equation: "c(u) = u + (x + a₀(u − u₀)(u − u_c) − w)/τ; w' = w + (a(c(u) − u₀) − w)/τ_w + bs",
      use: 'biological firing patterns',
    },
    options,
  },
  (read) =>
    (settings: IzhikevichOptions = {}): NeuronModel<Record<never, never>, AdaptationState> => {
      const filled = read(settings)
      const { fire, initialMembrane } = eulerFiring('izhikevich', filled)
      return {
        name: 'izhikevich',
        init: () => ({}),
        rest: (shape, dtype = 'f32') => ({
          membrane: full(shape, initialMembrane, dtype),
          adaptation: full(shape, filled.initialAdaptation, dtype),
        }),
        step(_params, { membrane: u, adaptation: w }, x, spike) {
          const charge = (v: Tensor): Tensor => add(v, div(sub(add(x, parabola(v, filled)), w), filled.tau))
          const fired = chargeFireReset(charge, u, fire, spike)
          return {
            state: { membrane: fired.membrane, adaptation: adapted(w, fired, filled) },
            output: fired.spikes,
          }
        },
      }
    },
)
