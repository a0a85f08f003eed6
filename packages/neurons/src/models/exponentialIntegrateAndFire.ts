import { add, div, exp, full, mul, sub } from '@spikeward/core'
import type { NeuronModel, Tensor } from '@spikeward/core'
import { chargeFireReset, firing, firingNames } from '../firing.js'
import type { FiringOptions } from '../firing.js'
import { checkNames, checkNumber } from '../options.js'
import type { MembraneState } from './integrateAndFire.js'

/** Options of {@link exponentialIntegrateAndFire}. Reset by default: to `resetMembrane` = −0.1, in the step of the spike. */
export interface ExponentialIntegrateAndFireOptions extends FiringOptions {
  /** Time constant in steps, τ > 0; 2 by default. */
  readonly tau?: number
  /** Sharpness Δ > 0 of the upstroke; 1 by default. */
  readonly sharpness?: number
  /** Rheobase threshold θ_r, where the upstroke sets in; 0.8 by default. */
  readonly rheobase?: number
  /** Resting membrane u₀; 0 by default. */
  readonly restMembrane?: number
  /** Membrane before the first step; `resetMembrane` by default. */
  readonly initialMembrane?: number
}

/**
 * Exponential integrate and fire, Euler's step of one time unit.
 *
 *     c(u) = u + (x + u₀ − u + Δ exp((u − θ_r)/Δ))/τ
 *
 * Then fire and reset as {@link FiringOptions} state. The defaults are SpikingJelly's `EIFNode` (whose H(0) is 1).
 * Fourcaud-Trocmé et al., J. Neurosci. 23 (2003).
 *
 * @example
 * const model = exponentialIntegrateAndFire()
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.6]), { steps: 8 }, spike(atan()))
 * await outputs.data() // [0, 0, 1, 0, 0, 1, 0, 0]
 */
export function exponentialIntegrateAndFire(
  options: ExponentialIntegrateAndFireOptions = {},
): NeuronModel<Record<never, never>, MembraneState> {
  const name = 'exponentialIntegrateAndFire'
  checkNames(name, options, [...firingNames, 'tau', 'sharpness', 'rheobase', 'restMembrane', 'initialMembrane'])
  const { reset = 'zero', resetMembrane = reset === 'zero' ? -0.1 : 0, resetDelay = false } = options
  const fire = firing(name, { resetDetached: false, ...options, reset, resetMembrane, resetDelay })
  const tau = checkNumber(name, 'tau', options.tau ?? 2, { min: 0, above: true })
  const sharpness = checkNumber(name, 'sharpness', options.sharpness ?? 1, { min: 0, above: true })
  const rheobase = checkNumber(name, 'rheobase', options.rheobase ?? 0.8)
  const rest = checkNumber(name, 'restMembrane', options.restMembrane ?? 0)
  const initial = checkNumber(name, 'initialMembrane', options.initialMembrane ?? resetMembrane)
  const upstroke = (u: Tensor): Tensor => mul(sharpness, exp(div(sub(u, rheobase), sharpness)))
  return {
    name,
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
}
