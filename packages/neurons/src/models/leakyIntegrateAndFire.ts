import { full } from '@spikeward/core'
import type { NeuronModel } from '@spikeward/core'
import { chargeFireReset, firing, firingNames } from '../firing.js'
import type { FiringOptions } from '../firing.js'
import { leak, leakNames, leakyCharge } from '../leak.js'
import type { LeakOptions } from '../leak.js'
import { checkLearned, coefficient, learnedInit } from '../learned.js'
import type { Learned } from '../learned.js'
import { checkNames, checkNumber } from '../options.js'
import type { MembraneState } from './integrateAndFire.js'

/** Options of {@link leakyIntegrateAndFire}. */
export interface LeakyIntegrateAndFireOptions<L extends string = never> extends LeakOptions, FiringOptions {
  /** Membrane before the first step; 0 by default. */
  readonly initialMembrane?: number
  /** Coefficients to learn, one per neuron; none by default. */
  readonly learn?: readonly L[]
}

/**
 * Leaky integrate and fire.
 *
 *     c(u) = βu + (1 − β)u₀ + κx,   κ = 1 − β where `decayInput`, else 1
 *
 * Then fire and reset as {@link FiringOptions} state. By default u' = βu + x − θH(u − θ), s = H(u' − θ), and no
 * derivative flows through the reset: snnTorch's `Leaky`. With resetDelay false one reset follows each spike, and the
 * next step starts from what it left; snnTorch differs where the membrane is still above θ after its reset: it then
 * takes θ off the next charge before it looks for a spike.
 * SpikingJelly's LIFNode is `spikingJellyLif`.
 *
 * @example
 * const model = leakyIntegrateAndFire({ beta: 0.5, reset: 'zero' })
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.625]), { steps: 6 }, spike(atan()))
 * await outputs.data() // [0, 0, 1, 0, 0, 1]
 */
export function leakyIntegrateAndFire<const L extends 'beta' | 'threshold' = never>(
  options: LeakyIntegrateAndFireOptions<L> = {},
): NeuronModel<Learned<L>, MembraneState> {
  const name = 'leakyIntegrateAndFire'
  checkNames(name, options, [...leakNames, ...firingNames, 'initialMembrane', 'learn'])
  const { learn = [] } = options
  checkLearned(name, learn, ['beta', 'threshold'])
  const leaks = leak(name, options)
  const fire = firing(name, options)
  const initial = checkNumber(name, 'initialMembrane', options.initialMembrane ?? 0)
  return {
    name,
    init: (_key, n) => learnedInit(learn, { beta: leaks.beta, threshold: fire.threshold }, n),
    rest: (shape, dtype = 'f32') => ({ membrane: full(shape, initial, dtype) }),
    step(params, { membrane: u }, x, spike) {
      const beta = coefficient(params, 'beta', leaks.beta)
      const threshold = coefficient(params, 'threshold', fire.threshold)
      const { membrane, spikes } = chargeFireReset((v) => leakyCharge(v, x, leaks, beta), u, fire, spike, threshold)
      return { state: { membrane }, output: spikes }
    },
  }
}
