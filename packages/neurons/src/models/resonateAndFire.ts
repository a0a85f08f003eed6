import { add, full, mul, stopGradient, sub } from '@spikeward/core'
import type { NeuronModel, Tensor } from '@spikeward/core'
import { chargeFireReset, firing, firingNames } from '../firing.js'
import type { FiringOptions } from '../firing.js'
import { checkNames, checkNumber } from '../options.js'

/** State of a resonator z = i + ju: current i and membrane u, of the neurons' shape. */
export type ResonatorState = { readonly current: Tensor; readonly membrane: Tensor }

/** Options of {@link resonateAndFire}. Its reset is always in the step of the spike. */
export interface ResonateAndFireOptions extends Omit<FiringOptions, 'resetDelay'> {
  /** Angular frequency ω in radians a step; π/8 by default (a period of 16 steps). */
  readonly frequency?: number
  /** Share of the amplitude that is left after a step, ρ ∈ [0, 1]; 0.9 by default. ρ = exp(b dt) for damping b < 0. */
  readonly decay?: number
  /** True (the default): a spike sets the current to 0 as well. */
  readonly resetCurrent?: boolean
}

/**
 * Resonate and fire: a damped oscillator that fires to inputs in its rhythm.
 *
 *     z' = ρ e^{jω} (z + x),   z = i + ju:
 *     c(u) = ρ(sin ω (i + x) + cos ω u),   i' = ρ(cos ω (i + x) − sin ω u)
 *
 * The order: the input jumps the current, both rotate (the exact solution between inputs), fire on u, reset. The
 * default is Izhikevich's reset z := j: the membrane goes to θ, the current to 0. `subtract` and `none` are for the
 * membrane; set `resetCurrent` false for them to leave the current alone.
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
export function resonateAndFire(
  options: ResonateAndFireOptions = {},
): NeuronModel<Record<never, never>, ResonatorState> {
  const name = 'resonateAndFire'
  const firingOwn = firingNames.filter((n) => n !== 'resetDelay')
  checkNames(name, options, [...firingOwn, 'frequency', 'decay', 'resetCurrent'])
  const { reset = 'zero', threshold = 1, resetMembrane = reset === 'zero' ? threshold : 0 } = options
  const fire = firing(name, { resetDetached: false, ...options, reset, threshold, resetMembrane, resetDelay: false })
  const frequency = checkNumber(name, 'frequency', options.frequency ?? Math.PI / 8)
  const decay = checkNumber(name, 'decay', options.decay ?? 0.9, { min: 0, max: 1 })
  const { resetCurrent = true } = options
  const cosine = decay * Math.cos(frequency)
  const sine = decay * Math.sin(frequency)
  return {
    name,
    init: () => ({}),
    rest: (shape, dtype = 'f32') => ({ current: full(shape, 0, dtype), membrane: full(shape, 0, dtype) }),
    step(_params, { current: i, membrane: u }, x, spike) {
      const driven = add(i, x)
      const charge = (v: Tensor): Tensor => add(mul(sine, driven), mul(cosine, v))
      const { membrane, spikes } = chargeFireReset(charge, u, fire, spike)
      const rotated = sub(mul(cosine, driven), mul(sine, u))
      const s = fire.resetDetached ? stopGradient(spikes) : spikes
      const current = resetCurrent ? sub(rotated, mul(s, rotated)) : rotated
      return { state: { current, membrane }, output: spikes }
    },
  }
}
