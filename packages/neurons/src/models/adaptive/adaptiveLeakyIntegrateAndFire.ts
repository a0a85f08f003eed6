import { add, clip, defineFactory, defineOptions, full, mul, number, stopGradient, sub } from '@spikeward/core'
import type { NeuronModel, OptionsOf, Tensor } from '@spikeward/core'
import { type Constant, leakOptions, leakyCharge } from '../../leak.js'
import { firing, firingOptions } from '../../firing.js'
import { type Learned, type Learning, coefficient, learnedInit, learnOption } from '../../learned.js'
import type { AdaptationState } from './adaptation.js'

/** Coefficients that {@link adaptiveLeakyIntegrateAndFire} can learn. */
export type AdaptiveCoefficient = 'beta' | 'threshold' | 'adaptationDecay' | 'adaptationStrength'

const options = /* @__PURE__ */ defineOptions(() => ({
  ...leakOptions(),
  ...firingOptions(),
  /** Share of the adaptation that is left after a step, ρ ∈ [0, 1]. */
  adaptationDecay: number({ min: 0, max: 1, default: 0.95, help: 'share of the adaptation left after a step (ρ)' }),
  /** Rise g of the threshold per unit of adaptation. */
  adaptationStrength: number({ default: 0.2, help: 'rise of the threshold per unit of adaptation (g)' }),
  /** Membrane before the first step. */
  initialMembrane: number({ default: 0, help: 'membrane before the first step' }),
  learn: learnOption(['beta', 'threshold', 'adaptationDecay', 'adaptationStrength']),
}))

/** Options of {@link adaptiveLeakyIntegrateAndFire}. */
export type AdaptiveLeakyIntegrateAndFireOptions<L extends string = never> = Learning<OptionsOf<typeof options>, L>

/**
 * Adaptive leaky integrate and fire (ALIF): every spike raises the threshold, which then falls back.
 *
 *     c(u) = βu + (1 − β)u₀ + κx,   θ_t = θ + g w_t,   w_{t+1} = ρ w_t + s_t
 *
 * The order: charge; fire against θ_t, s_t = H(c(u) − θ_t); reset with θ_t instead of θ; adapt. The membrane u and x
 * are in units of θ, w counts spikes; ρ = exp(−dt/τ_w). With `resetDelay` (the default) the reset of step t − 1 acts in
 * step t, as {@link firingOptions} states; the threshold is the same either way. Derivatives flow through the
 * adaptation, also if the reset is detached.
 *
 * Bellec et al., NeurIPS 2018, arXiv 1803.09574 (LSNN). A reset by subtraction takes off θ_t, as there; e-prop (Bellec
 * et al., Nat. Commun. 11, 2020) takes off θ. LSNN scales its adaptation by 1 − ρ: our g is its β times that.
 * A learned β or ρ is clipped to [0, 1].
 *
 * @example
 * const model = adaptiveLeakyIntegrateAndFire({ beta: 1, adaptationStrength: 0.5, adaptationDecay: 1 })
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.75]), { steps: 12 }, spike(atan()))
 * await outputs.data() // [0, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0]
 */
export const adaptiveLeakyIntegrateAndFire = /* @__PURE__ */ defineFactory(
  {
    kind: 'neuron',
    name: 'adaptiveLeakyIntegrateAndFire',
    aliases: ['adaptive'],
    summary: 'adaptive leaky integrate and fire (ALIF): every spike raises the threshold',
    facts: { equation: "c(u) = βu + (1 − β)u₀ + κx; θ_t = θ + g w; w' = ρw + s", use: 'spike-frequency adaptation' },
    options,
  },
  (read) =>
    <const L extends AdaptiveCoefficient = never>(
      settings: AdaptiveLeakyIntegrateAndFireOptions<L> = {},
    ): NeuronModel<Learned<L>, AdaptationState> => {
      const name = 'adaptiveLeakyIntegrateAndFire'
      const filled = read(settings)
      const learn: readonly L[] = settings.learn ?? []
      const fire = firing(name, filled)
      const { beta, threshold: base, adaptationDecay, adaptationStrength } = filled
      const fixed = { beta, threshold: base, adaptationDecay, adaptationStrength }
      const stop = fire.resetDetached ? stopGradient : (x: Tensor): Tensor => x
      return {
        name,
        init: (_key, n) => learnedInit(learn, fixed, n),
        rest: (shape, dtype = 'f32') => ({
          membrane: full(shape, filled.initialMembrane, dtype),
          adaptation: full(shape, 0, dtype),
        }),
        step(params, { membrane: u, adaptation: w }, x, spike) {
          const of = (coefficientName: AdaptiveCoefficient): Constant =>
            coefficient(params, coefficientName, fixed[coefficientName])
          const raised = (adaptation: Tensor): Tensor => add(mul(of('adaptationStrength'), adaptation), of('threshold'))
          const rho = of('adaptationDecay')
          const adapted = (s: Tensor): Tensor => add(mul(typeof rho === 'number' ? rho : clip(rho, 0, 1), w), s)
          const charge = (v: Tensor): Tensor => leakyCharge(v, x, filled, of('beta'))
          const threshold = raised(w)
          if (fire.resetDelay) {
            // w does not include the last spike yet, so `threshold` is the one at which it fired, and `spike`
            // reproduces it.
            const before = spike(sub(u, threshold))
            const membrane = fire.reset.delayed(u, stop(before), threshold, charge)
            const adaptation = adapted(before)
            return { state: { membrane, adaptation }, output: spike(sub(membrane, raised(adaptation))) }
          }
          const charged = charge(u)
          const spikes = spike(sub(charged, threshold))
          const membrane = fire.reset.immediate(charged, stop(spikes), threshold)
          return { state: { membrane, adaptation: adapted(spikes) }, output: spikes }
        },
      }
    },
)
