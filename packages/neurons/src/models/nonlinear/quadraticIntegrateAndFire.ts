import { add, defineFactory, defineOptions, div, full, mul, number, sub } from '@spikeward/core'
import type { Filled, NeuronModel, OptionsOf, Tensor } from '@spikeward/core'
import { eulerFiring, eulerOptions } from '../../euler.js'
import { chargeFireReset } from '../../firing.js'
import type { MembraneState } from '../linear/integrateAndFire.js'

/** The options of {@link parabola}. */
/* @__NO_SIDE_EFFECTS__ */
export function parabolaOptions() {
  return {
    /** Critical membrane u_c above which it runs away. */
    criticalMembrane: number({ default: 0.8, help: 'membrane above which it runs away (u_c)' }),
    /** Steepness a₀ > 0. */
    steepness: number({ min: 0, above: true, default: 1, help: 'steepness of the parabola (a₀)' }),
  }
}

/** The term a₀(u − u₀)(u − u_c) of a quadratic membrane. */
export const parabola = (
  u: Tensor,
  {
    steepness,
    restMembrane: rest,
    criticalMembrane: critical,
  }: Filled<ReturnType<typeof parabolaOptions>> & { readonly restMembrane: number },
): Tensor => mul(steepness, mul(sub(u, rest), sub(u, critical)))

const options = /* @__PURE__ */ defineOptions(() => eulerOptions(parabolaOptions()))

/**
 * Options of {@link quadraticIntegrateAndFire}. Reset by default: to `resetMembrane` = −0.1, in the step of the spike.
 */
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
    (settings: QuadraticIntegrateAndFireOptions = {}): NeuronModel<Record<never, never>, MembraneState> => {
      const filled = read(settings)
      const { fire, initialMembrane } = eulerFiring('quadraticIntegrateAndFire', filled)
      return {
        name: 'quadraticIntegrateAndFire',
        init: () => ({}),
        rest: (shape, dtype = 'f32') => ({ membrane: full(shape, initialMembrane, dtype) }),
        step(_params, { membrane: u }, x, spike) {
          const { membrane, spikes } = chargeFireReset(
            (v) => add(v, div(add(x, parabola(v, filled)), filled.tau)),
            u,
            fire,
            spike,
          )
          return { state: { membrane }, output: spikes }
        },
      }
    },
)
