import { add, defineFactory, defineOptions, div, full, mul, number, sub } from '@spikeward/core'
import type { NeuronModel, OptionsOf } from '@spikeward/core'
import { chargeFireReset, firing, firingOptions } from '../../firing.js'
import type { MembraneState } from '../linear/integrateAndFire.js'

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
}))

/** Options of {@link quadraticIntegrateAndFire}. Reset by default: to `resetMembrane` = −0.1, in the step of the spike. */
export type QuadraticIntegrateAndFireOptions = OptionsOf<typeof options>

/**
 * Quadratic integrate and fire, Euler's step of one time unit.
 *
 *     c(u) = u + (x + a₀(u − u₀)(u − u_c))/τ
 *
 * Then fire and reset as {@link firingOptions} states. The defaults are SpikingJelly's `QIFNode` (whose H(0) is 1).
 * Gerstner et al., Neuronal Dynamics (2014), section 5.3.
 *
 * @example
 * const model = quadraticIntegrateAndFire()
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.6]), { steps: 8 }, spike(atan()))
 * await outputs.data() // [0, 0, 0, 0, 1, 0, 0, 0]
 */
export const quadraticIntegrateAndFire = /* @__PURE__ */ defineFactory(
  {
    kind: 'neuron',
    name: 'quadraticIntegrateAndFire',
    aliases: ['quadratic'],
    summary: 'quadratic integrate and fire',
    facts: { equation: 'c(u) = u + (x + a₀(u − u₀)(u − u_c))/τ', use: 'biological firing patterns, with one variable' },
    options,
  },
  (read) =>
    (given: QuadraticIntegrateAndFireOptions = {}): NeuronModel<Record<never, never>, MembraneState> => {
      const filled = read(given)
      const resetMembrane = filled.resetMembrane ?? (filled.reset === 'zero' ? -0.1 : 0)
      const fire = firing('quadraticIntegrateAndFire', { ...filled, resetMembrane })
      const {
        tau,
        criticalMembrane: critical,
        steepness,
        restMembrane: rest,
        initialMembrane: initial = resetMembrane,
      } = filled
      return {
        name: 'quadraticIntegrateAndFire',
        init: () => ({}),
        rest: (shape, dtype = 'f32') => ({ membrane: full(shape, initial, dtype) }),
        step(_params, { membrane: u }, x, spike) {
          const { membrane, spikes } = chargeFireReset(
            (v) => add(v, div(add(x, mul(steepness, mul(sub(v, rest), sub(v, critical)))), tau)),
            u,
            fire,
            spike,
          )
          return { state: { membrane }, output: spikes }
        },
      }
    },
)
