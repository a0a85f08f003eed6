import { add, defineFactory, defineOptions, div, full, sub } from '@spikeward/core'
import type { NeuronModel, OptionsOf } from '@spikeward/core'
import { eulerFiring, eulerOptions } from '../../euler.js'
import { chargeFireReset } from '../../firing.js'
import type { MembraneState } from '../linear/integrateAndFire.js'
import { upstroke, upstrokeOptions } from './upstroke.js'

const options = /* @__PURE__ */ defineOptions(() => eulerOptions(upstrokeOptions()))

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
