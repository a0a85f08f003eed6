import { add, clip, full, mul, stopGradient, sub } from '@spikeward/core'
import type { NeuronModel, Tensor } from '@spikeward/core'
import type { Constant } from '../constant.js'
import { firing, firingNames } from '../firing.js'
import type { FiringOptions } from '../firing.js'
import { leak, leakNames, leakyCharge } from '../leak.js'
import type { LeakOptions } from '../leak.js'
import { checkLearned, coefficient, learnedInit } from '../learned.js'
import type { Learned } from '../learned.js'
import { checkNames, checkNumber } from '../options.js'
import type { AdaptationState } from './izhikevich.js'

/** Coefficients that {@link adaptiveLeakyIntegrateAndFire} can learn. */
export type AdaptiveCoefficient = 'beta' | 'threshold' | 'adaptationDecay' | 'adaptationStrength'

/** Options of {@link adaptiveLeakyIntegrateAndFire}. */
export interface AdaptiveLeakyIntegrateAndFireOptions<L extends string = never> extends LeakOptions, FiringOptions {
  /** Share of the adaptation that is left after a step, ρ ∈ [0, 1]; 0.95 by default. */
  readonly adaptationDecay?: number
  /** Rise g of the threshold per unit of adaptation; 0.2 by default. */
  readonly adaptationStrength?: number
  /** Membrane before the first step; 0 by default. */
  readonly initialMembrane?: number
  /** Coefficients to learn, one per neuron; none by default. */
  readonly learn?: readonly L[]
}

const known = ['beta', 'threshold', 'adaptationDecay', 'adaptationStrength'] as const

/**
 * Adaptive leaky integrate and fire (ALIF): every spike raises the threshold, which then falls back.
 *
 *     c(u) = βu + (1 − β)u₀ + κx,   θ_t = θ + g w_t,   w_{t+1} = ρ w_t + s_t
 *
 * The order: charge; fire against θ_t, s_t = H(c(u) − θ_t); reset with θ_t in the place of θ; adapt. The membrane u and
 * x are in units of θ, w counts spikes; ρ = exp(−dt/τ_w). With `resetDelay` (the default) the reset of step t − 1 acts
 * in step t, as {@link FiringOptions} state; the threshold is the same either way. Derivatives flow through the
 * adaptation, also where the reset is detached.
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
export function adaptiveLeakyIntegrateAndFire<const L extends AdaptiveCoefficient = never>(
  options: AdaptiveLeakyIntegrateAndFireOptions<L> = {},
): NeuronModel<Learned<L>, AdaptationState> {
  const name = 'adaptiveLeakyIntegrateAndFire'
  const own = ['adaptationDecay', 'adaptationStrength', 'initialMembrane', 'learn']
  checkNames(name, options, [...leakNames, ...firingNames, ...own])
  const { learn = [] } = options
  checkLearned(name, learn, known)
  const leaks = leak(name, options)
  const fire = firing(name, options)
  const decay = checkNumber(name, 'adaptationDecay', options.adaptationDecay ?? 0.95, { min: 0, max: 1 })
  const strength = checkNumber(name, 'adaptationStrength', options.adaptationStrength ?? 0.2)
  const initial = checkNumber(name, 'initialMembrane', options.initialMembrane ?? 0)
  const fixed = {
    beta: leaks.beta,
    threshold: fire.threshold,
    adaptationDecay: decay,
    adaptationStrength: strength,
  }
  const stop = fire.resetDetached ? stopGradient : (x: Tensor): Tensor => x
  return {
    name,
    init: (_key, n) => learnedInit(learn, fixed, n),
    rest: (shape, dtype = 'f32') => ({ membrane: full(shape, initial, dtype), adaptation: full(shape, 0, dtype) }),
    step(params, { membrane: u, adaptation: w }, x, spike) {
      const of = (coefficientName: AdaptiveCoefficient): Constant =>
        coefficient(params, coefficientName, fixed[coefficientName])
      const raised = (adaptation: Tensor): Tensor => add(mul(of('adaptationStrength'), adaptation), of('threshold'))
      const rho = of('adaptationDecay')
      const adapted = (s: Tensor): Tensor => add(mul(typeof rho === 'number' ? rho : clip(rho, 0, 1), w), s)
      const charge = (v: Tensor): Tensor => leakyCharge(v, x, leaks, of('beta'))
      const threshold = raised(w)
      if (fire.resetDelay) {
        // w does not hold the last spike yet: θ is what that spike was fired against, and the membrane finds it again.
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
}
