import { add, full } from '@spikeward/core'
import type { NeuronModel, Tensor } from '@spikeward/core'
import { chargeFireReset, firing, firingNames } from '../firing.js'
import type { FiringOptions } from '../firing.js'
import { checkLearned, coefficient, learnedInit } from '../learned.js'
import type { Learned } from '../learned.js'
import { checkNames, checkNumber } from '../options.js'

/** State of a neuron that has only a membrane, of the neurons' shape. */
export type MembraneState = { readonly membrane: Tensor }

/** Options of {@link integrateAndFire}. */
export interface IntegrateAndFireOptions<L extends string = never> extends FiringOptions {
  /** Membrane before the first step; 0 by default. */
  readonly initialMembrane?: number
  /** Coefficients to learn, one per neuron; none by default. */
  readonly learn?: readonly L[]
}

/**
 * Integrate and fire: a membrane without a leak.
 *
 *     c(u) = u + x
 *
 * Then fire and reset as {@link FiringOptions} state: by default u' = c(u) − θH(u − θ), s = H(u' − θ).
 * Lapicque, J. Physiol. Pathol. Gen. 9 (1907). SpikingJelly's IFNode is `spikingJellyIf`.
 *
 * @example
 * const model = integrateAndFire()
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.375]), { steps: 6 }, spike(atan()))
 * await outputs.data() // [0, 0, 1, 0, 0, 1]
 */
export function integrateAndFire<const L extends 'threshold' = never>(
  options: IntegrateAndFireOptions<L> = {},
): NeuronModel<Learned<L>, MembraneState> {
  const name = 'integrateAndFire'
  checkNames(name, options, [...firingNames, 'initialMembrane', 'learn'])
  const { learn = [] } = options
  checkLearned(name, learn, ['threshold'])
  const fire = firing(name, options)
  const initial = checkNumber(name, 'initialMembrane', options.initialMembrane ?? 0)
  return {
    name,
    init: (_key, n) => learnedInit(learn, { threshold: fire.threshold }, n),
    rest: (shape, dtype = 'f32') => ({ membrane: full(shape, initial, dtype) }),
    step(params, { membrane: u }, x, spike) {
      const threshold = coefficient(params, 'threshold', fire.threshold)
      const { membrane, spikes } = chargeFireReset((v) => add(v, x), u, fire, spike, threshold)
      return { state: { membrane }, output: spikes }
    },
  }
}
