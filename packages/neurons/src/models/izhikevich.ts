import { add, div, full, mul, sub } from '@spikeward/core'
import type { NeuronModel, Tensor } from '@spikeward/core'
import { chargeFireReset, firing, firingNames } from '../firing.js'
import { checkNames, checkNumber } from '../options.js'
import type { QuadraticIntegrateAndFireOptions } from './quadraticIntegrateAndFire.js'

/** State of a neuron with adaptation: membrane u and recovery w, of the neurons' shape. */
export type AdaptationState = { readonly membrane: Tensor; readonly adaptation: Tensor }

/** Options of {@link izhikevich}: those of the quadratic neuron and of its recovery. */
export interface IzhikevichOptions extends QuadraticIntegrateAndFireOptions {
  /** Time constant of the recovery in steps, τ_w > 0; 1.5 by default. */
  readonly adaptationTau?: number
  /** Coupling a of the recovery to the membrane; 0.1 by default. */
  readonly coupling?: number
  /** Jump b of the recovery at a spike; 0.02 by default. */
  readonly jump?: number
  /** Recovery before the first step; 0 by default. */
  readonly initialAdaptation?: number
}

/**
 * Izhikevich's neuron: a quadratic membrane held back by a recovery variable, Euler's step of one time unit.
 *
 *     c(u) = u + (x + a₀(u − u₀)(u − u_c) − w)/τ
 *     w' = w + (a(c(u) − u₀) − w)/τ_w + b s
 *
 * Fire and reset as {@link FiringOptions} state. The defaults are SpikingJelly's `IzhikevichNode` (whose H(0) is 1); the
 * recovery follows the charged membrane, before its reset. Izhikevich, IEEE Trans. Neural Netw. 14 (2003).
 *
 * @example
 * const model = izhikevich({ jump: 0.2 })
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.8]), { steps: 10 }, spike(atan()))
 * await outputs.data() // [0, 0, 0, 1, 0, 0, 0, 1, 0, 0]
 */
export function izhikevich(options: IzhikevichOptions = {}): NeuronModel<Record<never, never>, AdaptationState> {
  const name = 'izhikevich'
  const membraneNames = ['tau', 'criticalMembrane', 'steepness', 'restMembrane', 'initialMembrane']
  const recoveryNames = ['adaptationTau', 'coupling', 'jump', 'initialAdaptation']
  checkNames(name, options, [...firingNames, ...membraneNames, ...recoveryNames])
  const { reset = 'zero', resetMembrane = reset === 'zero' ? -0.1 : 0, resetDelay = false } = options
  const fire = firing(name, { resetDetached: false, ...options, reset, resetMembrane, resetDelay })
  const tau = checkNumber(name, 'tau', options.tau ?? 2, { min: 0, above: true })
  const critical = checkNumber(name, 'criticalMembrane', options.criticalMembrane ?? 0.8)
  const steepness = checkNumber(name, 'steepness', options.steepness ?? 1, { min: 0, above: true })
  const rest = checkNumber(name, 'restMembrane', options.restMembrane ?? 0)
  const initial = checkNumber(name, 'initialMembrane', options.initialMembrane ?? resetMembrane)
  const adaptationTau = checkNumber(name, 'adaptationTau', options.adaptationTau ?? 1.5, { min: 0, above: true })
  const coupling = checkNumber(name, 'coupling', options.coupling ?? 0.1)
  const jump = checkNumber(name, 'jump', options.jump ?? 0.02)
  const initialAdaptation = checkNumber(name, 'initialAdaptation', options.initialAdaptation ?? 0)
  return {
    name,
    init: () => ({}),
    rest: (shape, dtype = 'f32') => ({
      membrane: full(shape, initial, dtype),
      adaptation: full(shape, initialAdaptation, dtype),
    }),
    step(_params, { membrane: u, adaptation: w }, x, spike) {
      const charge = (v: Tensor): Tensor =>
        add(v, div(sub(add(x, mul(steepness, mul(sub(v, rest), sub(v, critical)))), w), tau))
      const { charged, membrane, spikes } = chargeFireReset(charge, u, fire, spike)
      const recovered = add(w, div(sub(mul(coupling, sub(charged, rest)), w), adaptationTau))
      return { state: { membrane, adaptation: add(recovered, mul(jump, spikes)) }, output: spikes }
    },
  }
}
