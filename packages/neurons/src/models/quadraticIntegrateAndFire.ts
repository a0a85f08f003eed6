import { add, div, full, mul, sub } from '@spikeward/core'
import type { NeuronModel } from '@spikeward/core'
import { chargeFireReset, firing, firingNames } from '../firing.js'
import type { FiringOptions } from '../firing.js'
import { checkNames, checkNumber } from '../options.js'
import type { MembraneState } from './integrateAndFire.js'

/** Options of {@link quadraticIntegrateAndFire}. Reset by default: to `resetMembrane` = −0.1, in the step of the spike. */
export interface QuadraticIntegrateAndFireOptions extends FiringOptions {
  /** Time constant in steps, τ > 0; 2 by default. */
  readonly tau?: number
  /** Critical membrane u_c above which it runs away; 0.8 by default. */
  readonly criticalMembrane?: number
  /** Steepness a₀ > 0; 1 by default. */
  readonly steepness?: number
  /** Resting membrane u₀; 0 by default. */
  readonly restMembrane?: number
  /** Membrane before the first step; `resetMembrane` by default. */
  readonly initialMembrane?: number
}

/**
 * Quadratic integrate and fire, Euler's step of one time unit.
 *
 *     c(u) = u + (x + a₀(u − u₀)(u − u_c))/τ
 *
 * Then fire and reset as {@link FiringOptions} state. The defaults are SpikingJelly's `QIFNode` (whose H(0) is 1).
 * Gerstner et al., Neuronal Dynamics (2014), section 5.3.
 *
 * @example
 * const model = quadraticIntegrateAndFire()
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.6]), { steps: 8 }, spike(atan()))
 * await outputs.data() // [0, 0, 0, 0, 1, 0, 0, 0]
 */
export function quadraticIntegrateAndFire(
  options: QuadraticIntegrateAndFireOptions = {},
): NeuronModel<Record<never, never>, MembraneState> {
  const name = 'quadraticIntegrateAndFire'
  const own = ['tau', 'criticalMembrane', 'steepness', 'restMembrane', 'initialMembrane']
  checkNames(name, options, [...firingNames, ...own])
  const { reset = 'zero', resetMembrane = reset === 'zero' ? -0.1 : 0, resetDelay = false } = options
  const fire = firing(name, { resetDetached: false, ...options, reset, resetMembrane, resetDelay })
  const tau = checkNumber(name, 'tau', options.tau ?? 2, { min: 0, above: true })
  const critical = checkNumber(name, 'criticalMembrane', options.criticalMembrane ?? 0.8)
  const steepness = checkNumber(name, 'steepness', options.steepness ?? 1, { min: 0, above: true })
  const rest = checkNumber(name, 'restMembrane', options.restMembrane ?? 0)
  const initial = checkNumber(name, 'initialMembrane', options.initialMembrane ?? resetMembrane)
  return {
    name,
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
}
