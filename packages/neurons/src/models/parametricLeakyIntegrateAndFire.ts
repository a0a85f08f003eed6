import { full, sigmoid, sub } from '@spikeward/core'
import type { NeuronModel, Tensor } from '@spikeward/core'
import { firingNames } from '../firing.js'
import type { FiringOptions } from '../firing.js'
import type { LeakOptions } from '../leak.js'
import { checkLearned } from '../learned.js'
import type { Learned } from '../learned.js'
import { checkNames, checkNumber } from '../options.js'
import type { MembraneState } from './integrateAndFire.js'
import { leakyIntegrateAndFire } from './leakyIntegrateAndFire.js'

/** Options of {@link parametricLeakyIntegrateAndFire}. Reset by default: to zero, in the step of the spike. */
export interface ParametricLeakyIntegrateAndFireOptions<L extends string = never>
  extends Omit<LeakOptions, 'beta'>,
    FiringOptions {
  /** Time constant before training in steps, τ > 1; 2 by default. */
  readonly tau?: number
  /** True (the default): one time constant for the layer. False: one per neuron. */
  readonly shared?: boolean
  /** Membrane before the first step; 0 by default. */
  readonly initialMembrane?: number
  /** Other coefficients to learn, one per neuron; none by default. */
  readonly learn?: readonly L[]
}

/**
 * Parametric leaky integrate and fire (PLIF): a leaky neuron that learns its time constant, without bounds to mind.
 *
 *     1/τ = σ(w),   β = 1 − σ(w),   c(u) = βu + (1 − β)u₀ + κx
 *
 * w = −ln(τ − 1) before training; κ = 1/τ by default (`decayInput`). It is `leakyIntegrateAndFire({ learn: ['beta'] })`
 * with β bounded by a sigmoid in the place of a clip, whose derivative is zero outside [0, 1]. Then fire and reset as
 * {@link FiringOptions} state.
 *
 * Fang et al., ICCV 2021, arXiv 2007.05785; the defaults are SpikingJelly's `ParametricLIFNode` (whose H(0) is 1):
 * one w for the layer.
 *
 * @example
 * const model = parametricLeakyIntegrateAndFire({ tau: 4 })
 * const params = model.init(key(0), 3)
 * await params.leakLogit.item() // -1.0986
 */
export function parametricLeakyIntegrateAndFire<const L extends 'threshold' = never>(
  options: ParametricLeakyIntegrateAndFireOptions<L> = {},
): NeuronModel<Learned<L | 'leakLogit'>, MembraneState> {
  const name = 'parametricLeakyIntegrateAndFire'
  const own = ['restMembrane', 'decayInput', 'tau', 'shared', 'initialMembrane', 'learn']
  checkNames(name, options, [...firingNames, ...own])
  const { tau: asked = 2, shared = true, learn = [], ...rest } = options
  checkLearned(name, learn, ['threshold'])
  const tau = checkNumber(name, 'tau', asked, { min: 1, above: true })
  const leaky = leakyIntegrateAndFire<'beta' | 'threshold'>({
    decayInput: true,
    reset: 'zero',
    resetDelay: false,
    resetDetached: false,
    ...rest,
    beta: 1 - 1 / tau,
    learn: ['beta', ...learn],
  })
  return {
    name,
    init(key, n) {
      const { beta: _beta, ...others } = leaky.init(key, n)
      return { ...others, leakLogit: full(shared ? [] : [n], -Math.log(tau - 1)) }
    },
    rest: (shape, dtype) => leaky.rest(shape, dtype),
    step(params, state, x, spike) {
      const { leakLogit, ...others } = params as { readonly leakLogit: Tensor; readonly threshold: Tensor }
      return leaky.step({ ...others, beta: sub(1, sigmoid(leakLogit)) }, state, x, spike)
    },
  }
}
