import { add, defineFactory, defineOptions, div, exp, full, mul, number, sub } from '@spikeward/core'
import type { NeuronModel, OptionsOf, Tensor } from '@spikeward/core'
import { chargeFireReset, firing, firingOptions } from '../../firing.js'
import type { MembraneState } from '../linear/integrateAndFire.js'

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
}))

/** Options of {@link exponentialIntegrateAndFire}. Reset by default: to `resetMembrane` = −0.1, in the step of the spike. */
export type ExponentialIntegrateAndFireOptions = OptionsOf<typeof options>

/**
 * Exponential integrate and fire, Euler's step of one time unit.
 *
 *     c(u) = u + (x + u₀ − u + Δ exp((u − θ_r)/Δ))/τ
 *
 * Then fire and reset as {@link firingOptions} states. The defaults are SpikingJelly's `EIFNode` (whose H(0) is 1).
 * Fourcaud-Trocmé et al., J. Neurosci. 23 (2003).
 *
 * @example
 * const model = exponentialIntegrateAndFire()
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.6]), { steps: 8 }, spike(atan()))
 * await outputs.data() // [0, 0, 1, 0, 0, 1, 0, 0]
 */
export const exponentialIntegrateAndFire = /* @__PURE__ */ defineFactory(
  {
    kind: 'neuron',
    name: 'exponentialIntegrateAndFire',
    aliases: ['exponential'],
    summary: 'exponential integrate and fire',
    facts: { equation: 'c(u) = u + (x + u₀ − u + Δ exp((u − θ_r)/Δ))/τ', use: 'a soft threshold' },
    options,
  },
  (read) =>
    (given: ExponentialIntegrateAndFireOptions = {}): NeuronModel<Record<never, never>, MembraneState> => {
      const filled = read(given)
      const resetMembrane = filled.resetMembrane ?? (filled.reset === 'zero' ? -0.1 : 0)
      const fire = firing('exponentialIntegrateAndFire', { ...filled, resetMembrane })
      const { tau, sharpness, rheobase, restMembrane: rest, initialMembrane: initial = resetMembrane } = filled
      const upstroke = (u: Tensor): Tensor => mul(sharpness, exp(div(sub(u, rheobase), sharpness)))
      return {
        name: 'exponentialIntegrateAndFire',
        init: () => ({}),
        rest: (shape, dtype = 'f32') => ({ membrane: full(shape, initial, dtype) }),
        step(_params, { membrane: u }, x, spike) {
          const { membrane, spikes } = chargeFireReset(
            (v) => add(v, div(add(add(x, sub(rest, v)), upstroke(v)), tau)),
            u,
            fire,
            spike,
          )
          return { state: { membrane }, output: spikes }
        },
      }
    },
)
