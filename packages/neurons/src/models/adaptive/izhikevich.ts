import { add, defineFactory, defineOptions, div, full, mul, number, sub } from '@spikeward/core'
import type { NeuronModel, OptionsOf, Tensor } from '@spikeward/core'
import { chargeFireReset, firing, firingOptions } from '../../firing.js'

/** State of a neuron with adaptation: membrane u and recovery w, of the neurons' shape. */
export type AdaptationState = { readonly membrane: Tensor; readonly adaptation: Tensor }

const options = /* @__PURE__ */ defineOptions(() => ({
  ...firingOptions({ reset: 'zero', resetDelay: false, resetDetached: false }),
  /** Membrane after a `zero` reset; −0.1 by default. */
  resetMembrane: number({ computed: '-0.1 for a zero reset, else 0', help: 'membrane after a zero reset' }),
  /** Time constant in steps, τ > 0. */
  tau: number({ min: 0, above: true, default: 2, help: 'time constant in steps (τ)' }),
  /** Critical membrane u_c above which it runs away. */
  criticalMembrane: number({ default: 0.8, help: 'membrane above which it runs away (u_c)' }),
  /** Steepness a₀ > 0. */
  steepness: number({ min: 0, above: true, default: 1, help: 'steepness of the parabola (a₀)' }),
  /** Resting membrane u₀. */
  restMembrane: number({ default: 0, help: 'resting membrane (u₀)' }),
  /** Membrane before the first step; `resetMembrane` by default. */
  initialMembrane: number({ computed: 'resetMembrane', help: 'membrane before the first step' }),
  /** Time constant of the adaptation in steps, τ_w > 0. */
  adaptationTau: number({ min: 0, above: true, default: 1.5, help: 'time constant of the adaptation in steps (τ_w)' }),
  /** Coupling a of the adaptation to the membrane. */
  coupling: number({ default: 0.1, help: 'coupling of the adaptation to the membrane (a)' }),
  /** Jump b of the adaptation at a spike. */
  jump: number({ default: 0.02, help: 'jump of the adaptation at a spike (b)' }),
  /** Adaptation before the first step. */
  initialAdaptation: number({ default: 0, help: 'adaptation before the first step' }),
}))

/** Options of {@link izhikevich}: those of the quadratic neuron and of its recovery. */
export type IzhikevichOptions = OptionsOf<typeof options>

/**
 * Izhikevich's neuron: a quadratic membrane held back by a recovery variable, Euler's step of one time unit.
 *
 *     c(u) = u + (x + a₀(u − u₀)(u − u_c) − w)/τ
 *     w' = w + (a(c(u) − u₀) − w)/τ_w + b s
 *
 * Fire and reset as {@link firingOptions} states. The defaults are SpikingJelly's `IzhikevichNode` (whose H(0) is 1); the
 * recovery follows the charged membrane, before its reset. Izhikevich, IEEE Trans. Neural Netw. 14 (2003).
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
    (given: IzhikevichOptions = {}): NeuronModel<Record<never, never>, AdaptationState> => {
      const filled = read(given)
      const resetMembrane = filled.resetMembrane ?? (filled.reset === 'zero' ? -0.1 : 0)
      const fire = firing('izhikevich', { ...filled, resetMembrane })
      const {
        tau,
        criticalMembrane: critical,
        steepness,
        restMembrane: rest,
        initialMembrane: initial = resetMembrane,
        adaptationTau,
        coupling,
        jump,
        initialAdaptation,
      } = filled
      return {
        name: 'izhikevich',
        init: () => ({}),
        rest: (shape, dtype = 'f32') => ({
          membrane: full(shape, initial, dtype),
          adaptation: full(shape, initialAdaptation, dtype),
        }),
        step(_params, { membrane: u, adaptation: w }, x, spike) {
          const charge = (v: Tensor): Tensor =>
            add(v, div(sub(add(x, mul(steepness, mul(sub(v, rest), sub(v, critical)))), w), tau))
          const { charged, membrane, spikes } = chargeFireReset(charge, u, fire, spike)
          const recovered = add(w, div(sub(mul(coupling, sub(charged, rest)), w), adaptationTau))
          return { state: { membrane, adaptation: add(recovered, mul(jump, spikes)) }, output: spikes }
        },
      }
    },
)
