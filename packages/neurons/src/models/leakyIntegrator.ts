import { full } from '@spikeward/core'
import type { NeuronModel } from '@spikeward/core'
import { leak, leakNames, leakyCharge } from '../leak.js'
import type { LeakOptions } from '../leak.js'
import { checkLearned, coefficient, learnedInit } from '../learned.js'
import type { Learned } from '../learned.js'
import { checkNames, checkNumber } from '../options.js'
import type { MembraneState } from './integrateAndFire.js'

/** Options of {@link leakyIntegrator}. */
export interface LeakyIntegratorOptions<L extends string = never> extends LeakOptions {
  /** Membrane before the first step; 0 by default. */
  readonly initialMembrane?: number
  /** Coefficients to learn, one per neuron; none by default. */
  readonly learn?: readonly L[]
}

/**
 * Leaky integrator: a membrane that never fires, for readouts. Its output is the membrane after the step.
 *
 *     u' = βu + (1 − β)u₀ + κx,   κ = 1 − β where `decayInput`, else 1
 *
 * Read it with `lastMembrane` or `meanMembrane`. The same as snnTorch's `Leaky` with reset "none", its membrane read.
 *
 * @example
 * const model = leakyIntegrator({ beta: 0.5 })
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([1]), { steps: 4 }, spike(atan()))
 * await lastMembrane(outputs).data() // [1.875]
 */
export function leakyIntegrator<const L extends 'beta' = never>(
  options: LeakyIntegratorOptions<L> = {},
): NeuronModel<Learned<L>, MembraneState> {
  const name = 'leakyIntegrator'
  checkNames(name, options, [...leakNames, 'initialMembrane', 'learn'])
  const { learn = [] } = options
  checkLearned(name, learn, ['beta'])
  const leaks = leak(name, options)
  const initial = checkNumber(name, 'initialMembrane', options.initialMembrane ?? 0)
  return {
    name,
    init: (_key, n) => learnedInit(learn, { beta: leaks.beta }, n),
    rest: (shape, dtype = 'f32') => ({ membrane: full(shape, initial, dtype) }),
    step(params, { membrane: u }, x) {
      const membrane = leakyCharge(u, x, leaks, coefficient(params, 'beta', leaks.beta))
      return { state: { membrane }, output: membrane }
    },
  }
}
