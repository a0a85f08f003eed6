import { add, div, exp, full, mul, sub } from '@spikeward/core'
import type { NeuronModel, Tensor } from '@spikeward/core'
import { chargeFireReset, firing, firingNames } from '../firing.js'
import { checkNames, checkNumber } from '../options.js'
import type { ExponentialIntegrateAndFireOptions } from './exponentialIntegrateAndFire.js'
import type { AdaptationState } from './izhikevich.js'

/** Options of {@link adaptiveExponentialIntegrateAndFire}: those of the exponential neuron and of its adaptation. */
export interface AdaptiveExponentialIntegrateAndFireOptions extends ExponentialIntegrateAndFireOptions {
  /** Time constant of the adaptation in steps, τ_w > 0; 10 by default. */
  readonly adaptationTau?: number
  /** Coupling a of the adaptation to the membrane; 0.1 by default. */
  readonly coupling?: number
  /** Jump b of the adaptation at a spike; 0.1 by default. */
  readonly jump?: number
  /** Adaptation before the first step; 0 by default. */
  readonly initialAdaptation?: number
}

/**
 * Adaptive exponential integrate and fire (AdEx): an exponential membrane held back by an adaptation current, Euler's
 * step of one time unit.
 *
 *     c(u) = u + (x + u₀ − u + Δ exp((u − θ_r)/Δ) − w)/τ
 *     w' = w + (a(c(u) − u₀) − w)/τ_w + b s
 *
 * The order: charge, fire and reset as {@link FiringOptions} state, adapt. Everything is in units of the membrane (the
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
export function adaptiveExponentialIntegrateAndFire(
  options: AdaptiveExponentialIntegrateAndFireOptions = {},
): NeuronModel<Record<never, never>, AdaptationState> {
  const name = 'adaptiveExponentialIntegrateAndFire'
  const membraneNames = ['tau', 'sharpness', 'rheobase', 'restMembrane', 'initialMembrane']
  const adaptationNames = ['adaptationTau', 'coupling', 'jump', 'initialAdaptation']
  checkNames(name, options, [...firingNames, ...membraneNames, ...adaptationNames])
  const { reset = 'zero', resetMembrane = reset === 'zero' ? -0.1 : 0, resetDelay = false } = options
  const fire = firing(name, { resetDetached: false, ...options, reset, resetMembrane, resetDelay })
  const tau = checkNumber(name, 'tau', options.tau ?? 2, { min: 0, above: true })
  const sharpness = checkNumber(name, 'sharpness', options.sharpness ?? 1, { min: 0, above: true })
  const rheobase = checkNumber(name, 'rheobase', options.rheobase ?? 0.8)
  const rest = checkNumber(name, 'restMembrane', options.restMembrane ?? 0)
  const initial = checkNumber(name, 'initialMembrane', options.initialMembrane ?? resetMembrane)
  const adaptationTau = checkNumber(name, 'adaptationTau', options.adaptationTau ?? 10, { min: 0, above: true })
  const coupling = checkNumber(name, 'coupling', options.coupling ?? 0.1)
  const jump = checkNumber(name, 'jump', options.jump ?? 0.1)
  const initialAdaptation = checkNumber(name, 'initialAdaptation', options.initialAdaptation ?? 0)
  const upstroke = (u: Tensor): Tensor => mul(sharpness, exp(div(sub(u, rheobase), sharpness)))
  return {
    name,
    init: () => ({}),
    rest: (shape, dtype = 'f32') => ({
      membrane: full(shape, initial, dtype),
      adaptation: full(shape, initialAdaptation, dtype),
    }),
    step(_params, { membrane: u, adaptation: w }, x, spike) {
      const charge = (v: Tensor): Tensor => add(v, div(sub(add(add(x, sub(rest, v)), upstroke(v)), w), tau))
      const { charged, membrane, spikes } = chargeFireReset(charge, u, fire, spike)
      const adapted = add(w, div(sub(mul(coupling, sub(charged, rest)), w), adaptationTau))
      return { state: { membrane, adaptation: add(adapted, mul(jump, spikes)) }, output: spikes }
    },
  }
}
