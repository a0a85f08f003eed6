import { add, defineFactory, defineOptions, div, exp, full, mul, number, sub } from '@spikeward/core'
import type { Filled, NeuronModel, OptionsOf, Tensor } from '@spikeward/core'
import { eulerFiring, eulerOptions } from '../../euler.js'
import { chargeFireReset } from '../../firing.js'
import type { MembraneState } from '../linear/integrateAndFire.js'

/** The options of {@link upstroke}. */
/* @__NO_SIDE_EFFECTS__ */
export function upstrokeOptions() {
  return {
    /** Sharpness Δ > 0 of the upstroke. */
    sharpness: number({ min: 0, above: true, default: 1, help: 'sharpness of the upstroke (Δ)' }),
    /** Rheobase threshold θ_r, at which the upstroke starts. */
    rheobase: number({ default: 0.8, help: 'membrane at which the upstroke starts (θ_r)' }),
  }
}

/** The term Δ exp((u − θ_r)/Δ) of an exponential membrane. */
export const upstroke = (u: Tensor, { sharpness, rheobase }: Filled<ReturnType<typeof upstrokeOptions>>): Tensor =>
  mul(sharpness, exp(div(sub(u, rheobase), sharpness)))

const options = /* @__PURE__ */ defineOptions(() => eulerOptions(upstrokeOptions()))

/**
 * Options of {@link exponentialIntegrateAndFire}. Reset by default: to `resetMembrane` = −0.1, in the step of the
 * spike.
 */
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
    (settings: ExponentialIntegrateAndFireOptions = {}): NeuronModel<Record<never, never>, MembraneState> => {
      const filled = read(settings)
      const { fire, initialMembrane } = eulerFiring('exponentialIntegrateAndFire', filled)
      const { tau, restMembrane: rest } = filled
      return {
        name: 'exponentialIntegrateAndFire',
        init: () => ({}),
        rest: (shape, dtype = 'f32') => ({ membrane: full(shape, initialMembrane, dtype) }),
        step(_params, { membrane: u }, x, spike) {
          const { membrane, spikes } = chargeFireReset(
            (v) => add(v, div(add(add(x, sub(rest, v)), upstroke(v, filled)), tau)),
            u,
            fire,
            spike,
          )
          return { state: { membrane }, output: spikes }
        },
      }
    },
)
