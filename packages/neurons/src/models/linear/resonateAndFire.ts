import {
  add,
  cos,
  defineFactory,
  defineOptions,
  flag,
  full,
  mul,
  number,
  sin,
  stopGradient,
  sub,
} from '@spikeward/core'
import type { NeuronModel, OptionsOf, Tensor } from '@spikeward/core'
import { chargeFireReset, firing, firingOptions } from '../../firing.js'
import { type Constant, leakOver } from '../../leak.js'

/** State of a resonator z = i + ju: current i and membrane u, of the neurons' shape. */
export type ResonatorState = { readonly current: Tensor; readonly membrane: Tensor }

const options = /* @__PURE__ */ defineOptions(() => {
  const { threshold, reset, resetDetached } = firingOptions({ reset: 'zero', resetDetached: false })
  return {
    threshold,
    reset,
    /** Membrane after a `zero` reset; the threshold by default. */
    resetMembrane: number({ computed: 'threshold for a zero reset, else 0', help: 'membrane after a zero reset' }),
    resetDetached,
    /** Angular frequency ω in radians a step; π/8 by default (a period of 16 steps). */
    frequency: number({ default: Math.PI / 8, help: 'angular frequency in radians a step (ω)' }),
    /** Share of the amplitude that is left after a step, ρ ∈ [0, 1]. ρ = exp(b dt) for damping b < 0. */
    decay: number({ min: 0, max: 1, default: 0.9, help: 'share of the amplitude left after a step (ρ)' }),
    /** True (the default): a spike sets the current to 0 as well. */
    resetCurrent: flag({ default: true, help: 'a spike sets the current to 0 as well' }),
  }
})

/** Options of {@link resonateAndFire}. Its reset is always in the step of the spike. */
export type ResonateAndFireOptions = OptionsOf<typeof options>

/**
 * Resonate and fire: a damped oscillator that fires to inputs in its rhythm.
 *
 *     z' = ρ e^{jω} (z + x),   z = i + ju:
 *     c(u) = ρ(sin ω (i + x) + cos ω u),   i' = ρ(cos ω (i + x) − sin ω u)
 *
 * The order: the input jumps the current, both rotate (the exact solution between inputs), fire on u, reset. The
 * default is Izhikevich's reset z := j: the membrane goes to θ, the current to 0. `subtract` and `none` are for the
 * membrane; set `resetCurrent` false for them to leave the current unchanged.
 *
 * Izhikevich, Neural Netw. 14 (2001), with ż = (b + jω)z. Balanced resonators (Higuchi et al., ICML 2024, arXiv
 * 2402.14603) fire on the real part, take Euler's step, and have a refractory threshold in the place of a reset.
 *
 * @example
 * // Two inputs a period of 8 steps apart add up; half a period apart they cancel.
 * const model = resonateAndFire({ frequency: Math.PI / 4, threshold: 0.8 })
 * const [both, left, right, none] = [[0.8, 0.8], [0.8, 0], [0, 0.8], [0, 0]]
 * const pulses = tensor([both, none, none, none, right, none, none, none, left, none, none])
 * const { outputs } = unroll(model, {}, model.rest([2]), pulses, {}, spike(atan()))
 * await sum(outputs, 0).data() // [1, 0]
 */
export const resonateAndFire = /* @__PURE__ */ defineFactory(
  {
    kind: 'neuron',
    name: 'resonateAndFire',
    aliases: ['resonate'],
    summary: 'resonate and fire: a damped oscillator that fires',
    facts: { equation: "z' = ρ e^{jω}(z + x), u = Im z", use: 'oscillation' },
    options,
  },
  (read) =>
    (settings: ResonateAndFireOptions = {}): NeuronModel<Record<never, never>, ResonatorState> => {
      const filled = read(settings)
      const { frequency, decay, resetCurrent } = filled
      const resetMembrane = filled.resetMembrane ?? (filled.reset === 'zero' ? filled.threshold : 0)
      const fire = firing('resonateAndFire', { ...filled, resetMembrane, resetDelay: false })
      const turn = (elapsed: Tensor | undefined): readonly [sine: Constant, cosine: Constant] => {
        if (elapsed === undefined) return [decay * Math.sin(frequency), decay * Math.cos(frequency)]
        const [left, angle] = [leakOver(decay, elapsed), mul(elapsed, frequency)]
        return [mul(left, sin(angle)), mul(left, cos(angle))]
      }
      return {
        name: 'resonateAndFire',
        init: () => ({}),
        rest: (shape, dtype = 'f32') => ({ current: full(shape, 0, dtype), membrane: full(shape, 0, dtype) }),
        elapses: true,
        step(_params, { current: i, membrane: u }, x, spike, elapsed) {
          const [sine, cosine] = turn(elapsed)
          const driven = add(i, x)
          const charge = (v: Tensor): Tensor => add(mul(sine, driven), mul(cosine, v))
          const { membrane, spikes } = chargeFireReset(charge, u, fire, spike)
          const rotated = sub(mul(cosine, driven), mul(sine, u))
          const s = fire.resetDetached ? stopGradient(spikes) : spikes
          const current = resetCurrent ? sub(rotated, mul(s, rotated)) : rotated
          return { state: { current, membrane }, output: spikes }
        },
      }
    },
)
