import { defineFactory, defineOptions, full, neg, number, stopGradient, sub } from '@spikeward/core'
import type { NeuronModel, OptionsOf, Tensor } from '@spikeward/core'
import { firing, firingOptions } from '../../firing.js'
import { leakOptions, leakyCharge, scaled } from '../../leak.js'
import { type Learned, type Learning, coefficient, learnedInit, learnOption } from '../../learned.js'
import type { MembraneState } from './integrateAndFire.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  ...leakOptions({ beta: 1 }),
  ...firingOptions(),
  /** Membrane −θ₋ below which it fires −1; θ₋ > 0, the threshold by default, also a learned one. */
  negativeThreshold: number({ min: 0, above: true, computed: 'threshold', help: 'θ₋: it fires −1 below −θ₋' }),
  /** Membrane before the first step. */
  initialMembrane: number({ default: 0, help: 'membrane before the first step' }),
  learn: learnOption(['beta', 'threshold']),
}))

/** Options of {@link bipolarIntegrateAndFire}. Without `beta` it does not leak. */
export type BipolarIntegrateAndFireOptions<L extends string = never> = Learning<OptionsOf<typeof options>, L>

/**
 * Bipolar integrate and fire: spikes of both signs, s ∈ {−1, 0, 1}.
 *
 *     c(u) = βu + (1 − β)u₀ + κx, β = 1 by default
 *     s = s₊ − s₋,   s₊ = H(u − θ),   s₋ = H(−u − θ₋)
 *
 * The order as {@link firingOptions} states, for both spikes: `subtract` takes θs₊ − θ₋s₋ off, `zero` sets the membrane
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
export const bipolarIntegrateAndFire = /* @__PURE__ */ defineFactory(
  {
    kind: 'neuron',
    name: 'bipolarIntegrateAndFire',
    aliases: ['bipolar'],
    summary: 'integrate and fire with spikes of both signs',
    facts: { equation: 'c(u) = βu + (1 − β)u₀ + κx; s = H(u − θ) − H(−u − θ₋) ∈ {−1, 0, 1}', use: 'signed spikes' },
    options,
  },
  (read) =>
    <const L extends 'beta' | 'threshold' = never>(
      settings: BipolarIntegrateAndFireOptions<L> = {},
    ): NeuronModel<Learned<L>, MembraneState> => {
      const name = 'bipolarIntegrateAndFire'
      const filled = read(settings)
      const { negativeThreshold: below } = filled
      const learn: readonly L[] = settings.learn ?? []
      const fire = firing(name, filled)
      const stop = fire.resetDetached ? stopGradient : (x: Tensor): Tensor => x
      const { reset } = fire
      return {
        name,
        init: (_key, n) => learnedInit(learn, { beta: filled.beta, threshold: fire.threshold }, n),
        rest: (shape, dtype = 'f32') => ({ membrane: full(shape, filled.initialMembrane, dtype) }),
        step(params, { membrane: u }, x, spike) {
          const beta = coefficient(params, 'beta', filled.beta)
          const high = coefficient(params, 'threshold', fire.threshold)
          const low = scaled(below ?? high, -1)
          const charge = (v: Tensor): Tensor => leakyCharge(v, x, filled, beta)
          const up = (v: Tensor): Tensor => spike(sub(v, high))
          const down = (v: Tensor): Tensor => spike(neg(sub(v, low)))
          // At most one of the two fires, so applying both resets in turn applies the right one.
          if (fire.resetDelay) {
            const fixed = stop(u)
            const settle = (v: Tensor): Tensor => reset.delayed(v, stop(down(fixed)), low, charge)
            const membrane = reset.delayed(u, stop(up(fixed)), high, settle)
            return { state: { membrane }, output: sub(up(membrane), down(membrane)) }
          }
          const charged = charge(u)
          const [raised, lowered] = [up(charged), down(charged)]
          const membrane = reset.immediate(reset.immediate(charged, stop(raised), high), stop(lowered), low)
          return { state: { membrane }, output: sub(raised, lowered) }
        },
      }
    },
)
