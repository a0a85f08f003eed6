import { SpikewardError, add, full, mul, stopGradient, sub } from '@spikeward/core'
import type { NeuronModel, Tensor } from '@spikeward/core'
import { scaled } from '../constant.js'
import { checkLearned, coefficient, learnedInit } from '../learned.js'
import type { Learned } from '../learned.js'
import { checkNames, checkNumber } from '../options.js'

/** State of an alpha neuron: its two currents, and the membrane that they make, of the neurons' shape. */
export type AlphaState = { readonly membrane: Tensor; readonly excitatory: Tensor; readonly inhibitory: Tensor }

/** Options of {@link alpha}. */
export interface AlphaOptions<L extends string = never> {
  /** Share of the excitatory current that is left after a step, α ∈ (0, 1); 0.9 by default. */
  readonly alpha?: number
  /** Share of the inhibitory current that is left after a step, β ∈ (0, α); 0.8 by default. */
  readonly beta?: number
  /** Membrane at which the neuron fires, θ > 0; 1 by default. */
  readonly threshold?: number
  /** What a spike does: set both currents to zero (the default), take θ off the membrane, or nothing. */
  readonly reset?: 'zero' | 'subtract' | 'none'
  /** True (the default): the spike acts on the next step. False: on its own, after it fired. */
  readonly resetDelay?: boolean
  /** True (the default): no derivative flows through the spike in the reset. */
  readonly resetDetached?: boolean
  /** Coefficients to learn, one per neuron; none by default. The shares are fixed: at α = β the membrane has a pole. */
  readonly learn?: readonly L[]
}

const resets = ['zero', 'subtract', 'none']

/**
 * Alpha neuron: the membrane answers an input with a rise and a fall, a difference of two exponentials.
 *
 *     e' = αe + x,   i' = βi − x,   u = γ(e' + i'),   γ = ln α/(ln β − ln α) + 1
 *
 * so that an input of 1 gives u_k = γ(α^k − β^k) after k more steps: nothing in its own step. The order: charge, fire,
 * reset; `zero` takes both currents whole (1 − R), with the input of that step, `subtract` takes θ/γ off e, so that u
 * falls by θ. Delayed, R = H(u − θ) is the spike of the step before; else the spike of this one.
 *
 * snnTorch's `Alpha` (its default reset is `zero`, delayed, H(0) = 0). There `subtract` takes θ off e and all of i, and
 * u then is not γ(e + i): ours differs. The alpha function of Rall, J. Neurophysiol. 30 (1967), is the limit β → α.
 *
 * @throws INVALID_OPTION, also where α ≤ β, whose response would be negative or none
 * @example
 * const model = alpha({ alpha: 0.9, beta: 0.5, reset: 'none' })
 * const pulse = tensor([1, 0, 0, 0])
 * const step = (before, x) => {
 *   const { state } = model.step({}, before, x, spike(atan()))
 *   return [state, state.membrane]
 * }
 * await scan(step, model.rest([]), pulse)[1].data() // [0, 0.4717, 0.6604, 0.7123]
 */
export function alpha<const L extends 'threshold' = never>(
  options: AlphaOptions<L> = {},
): NeuronModel<Learned<L>, AlphaState> {
  const name = 'alpha'
  checkNames(name, options, ['alpha', 'beta', 'threshold', 'reset', 'resetDelay', 'resetDetached', 'learn'])
  const { reset = 'zero', resetDelay = true, resetDetached = true, learn = [] } = options
  checkLearned(name, learn, ['threshold'])
  const slow = checkNumber(name, 'alpha', options.alpha ?? 0.9, { min: 0, max: 1, above: true })
  const fast = checkNumber(name, 'beta', options.beta ?? 0.8, { min: 0, max: 1, above: true })
  const fixed = checkNumber(name, 'threshold', options.threshold ?? 1, { min: 0, above: true })
  if (!(fast < slow && slow < 1)) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `alpha: alpha is ${slow} and beta ${fast}; the response to an input is negative or none unless beta < alpha < 1; raise alpha or lower beta`,
    )
  }
  if (!resets.includes(reset)) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `alpha: reset is ${String(reset)}; the rules are ${resets.join(', ')}; pass one of them`,
    )
  }
  const scale = Math.log(slow) / (Math.log(fast) - Math.log(slow)) + 1
  const stop = resetDetached ? stopGradient : (x: Tensor): Tensor => x
  return {
    name,
    init: (_key, n) => learnedInit(learn, { threshold: fixed }, n),
    rest: (shape, dtype = 'f32') => ({
      membrane: full(shape, 0, dtype),
      excitatory: full(shape, 0, dtype),
      inhibitory: full(shape, 0, dtype),
    }),
    step(params, { membrane: u, excitatory, inhibitory }, x, spike) {
      const threshold = coefficient(params, 'threshold', fixed)
      const made = (e: Tensor, i: Tensor): AlphaState => ({
        membrane: mul(scale, add(e, i)),
        excitatory: e,
        inhibitory: i,
      })
      const after = ({ excitatory: e, inhibitory: i }: AlphaState, fired: Tensor): AlphaState => {
        if (reset === 'none') return made(e, i)
        const s = stop(fired)
        if (reset === 'zero') return made(sub(e, mul(s, e)), sub(i, mul(s, i)))
        return made(sub(e, mul(s, scaled(threshold, 1 / scale))), i)
      }
      const charged = made(add(mul(slow, excitatory), x), sub(mul(fast, inhibitory), x))
      if (resetDelay) {
        const state = after(charged, spike(stop(sub(u, threshold))))
        return { state, output: spike(sub(state.membrane, threshold)) }
      }
      const spikes = spike(sub(charged.membrane, threshold))
      return { state: after(charged, spikes), output: spikes }
    },
  }
}
