import { full, neg, stopGradient, sub } from '@spikeward/core'
import type { NeuronModel, Tensor } from '@spikeward/core'
import { scaled } from '../constant.js'
import { firing, firingNames } from '../firing.js'
import type { FiringOptions } from '../firing.js'
import { leak, leakNames, leakyCharge } from '../leak.js'
import type { LeakOptions } from '../leak.js'
import { checkLearned, coefficient, learnedInit } from '../learned.js'
import type { Learned } from '../learned.js'
import { checkNames, checkNumber } from '../options.js'
import type { MembraneState } from './integrateAndFire.js'

/** Options of {@link bipolarIntegrateAndFire}. Without `beta` it does not leak. */
export interface BipolarIntegrateAndFireOptions<L extends string = never> extends LeakOptions, FiringOptions {
  /** Membrane −θ₋ below which it fires −1; θ₋ > 0, the threshold by default, also a learned one. */
  readonly negativeThreshold?: number
  /** Membrane before the first step; 0 by default. */
  readonly initialMembrane?: number
  /** Coefficients to learn, one per neuron; none by default. */
  readonly learn?: readonly L[]
}

/**
 * Bipolar integrate and fire: spikes of both signs, s ∈ {−1, 0, 1}.
 *
 *     c(u) = βu + (1 − β)u₀ + κx, β = 1 by default
 *     s = s₊ − s₋,   s₊ = H(u − θ),   s₋ = H(−u − θ₋)
 *
 * The order as {@link FiringOptions} state, for both spikes: `subtract` takes θs₊ − θ₋s₋ off, `zero` sets the membrane
 * to `resetMembrane` after either. With β = 1 and `subtract` a current |x| ≤ θ keeps |u| ≤ θ between resets, and θ
 * times the mean of the spikes is within θ/T of the mean current: a linear unit up to quantisation. Spikes of two signs
 * are not known to be binary: what reads them is a dense product.
 *
 * Sigma–delta modulation as a neuron; ternary spikes: Guo et al., AAAI 2024, arXiv 2312.06372.
 *
 * @example
 * const model = bipolarIntegrateAndFire()
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([-0.375]), { steps: 6 }, spike(atan()))
 * await outputs.data() // [0, 0, -1, 0, 0, -1]
 */
export function bipolarIntegrateAndFire<const L extends 'beta' | 'threshold' = never>(
  options: BipolarIntegrateAndFireOptions<L> = {},
): NeuronModel<Learned<L>, MembraneState> {
  const name = 'bipolarIntegrateAndFire'
  checkNames(name, options, [...leakNames, ...firingNames, 'negativeThreshold', 'initialMembrane', 'learn'])
  const { learn = [] } = options
  checkLearned(name, learn, ['beta', 'threshold'])
  const leaks = leak(name, { ...options, beta: options.beta ?? 1 })
  const fire = firing(name, options)
  const below =
    options.negativeThreshold === undefined
      ? undefined
      : checkNumber(name, 'negativeThreshold', options.negativeThreshold, { min: 0, above: true })
  const initial = checkNumber(name, 'initialMembrane', options.initialMembrane ?? 0)
  const stop = fire.resetDetached ? stopGradient : (x: Tensor): Tensor => x
  const { reset } = fire
  return {
    name,
    init: (_key, n) => learnedInit(learn, { beta: leaks.beta, threshold: fire.threshold }, n),
    rest: (shape, dtype = 'f32') => ({ membrane: full(shape, initial, dtype) }),
    step(params, { membrane: u }, x, spike) {
      const beta = coefficient(params, 'beta', leaks.beta)
      const high = coefficient(params, 'threshold', fire.threshold)
      const low = scaled(below ?? high, -1)
      const charge = (v: Tensor): Tensor => leakyCharge(v, x, leaks, beta)
      const up = (v: Tensor): Tensor => spike(sub(v, high))
      const down = (v: Tensor): Tensor => spike(neg(sub(v, low)))
      // Only one of the two fires, so that one reset after the other is both.
      if (fire.resetDelay) {
        const held = stop(u)
        const settle = (v: Tensor): Tensor => reset.delayed(v, stop(down(held)), low, charge)
        const membrane = reset.delayed(u, stop(up(held)), high, settle)
        return { state: { membrane }, output: sub(up(membrane), down(membrane)) }
      }
      const charged = charge(u)
      const [raised, lowered] = [up(charged), down(charged)]
      const membrane = reset.immediate(reset.immediate(charged, stop(raised), high), stop(lowered), low)
      return { state: { membrane }, output: sub(raised, lowered) }
    },
  }
}
