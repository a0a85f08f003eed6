import {
  SpikewardError,
  add,
  choice,
  defineFactory,
  defineOptions,
  flag,
  full,
  mul,
  number,
  stopGradient,
  sub,
} from '@spikeward/core'
import type { NeuronModel, OptionsOf, Tensor } from '@spikeward/core'
import { scaled } from '../../leak.js'
import { resetNames } from '../../firing.js'
import { type Learned, type Learning, coefficient, learnedInit, learnOption } from '../../learned.js'

/** State of an alpha neuron: its two currents, and the membrane that they make, of the neurons' shape. */
export type AlphaState = { readonly membrane: Tensor; readonly excitatory: Tensor; readonly inhibitory: Tensor }

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Share of the excitatory current that is left after a step, α ∈ (0, 1). */
  alpha: number({
    min: 0,
    max: 1,
    above: true,
    default: 0.9,
    help: 'share of the excitatory current left after a step (α)',
  }),
  /** Share of the inhibitory current that is left after a step, β ∈ (0, α). */
  beta: number({
    min: 0,
    max: 1,
    above: true,
    default: 0.8,
    help: 'share of the inhibitory current left after a step (β < α)',
  }),
  /** Membrane at which the neuron fires, θ > 0. */
  threshold: number({ min: 0, above: true, default: 1, help: 'membrane at which the neuron fires (θ)' }),
  /** The effect of a spike: set both currents to zero (the default), subtract θ from the membrane, or nothing. */
  reset: choice(resetNames, { default: 'zero', help: 'what a spike does to the currents' }),
  /** True (the default): the spike acts on the next step. False: on its own, after it fired. */
  resetDelay: flag({ default: true, help: 'the reset acts one step after the spike' }),
  /** True (the default): no derivative flows through the spike in the reset. */
  resetDetached: flag({ default: true, help: 'no derivative flows through the reset' }),
  learn: learnOption(['threshold']),
}))

/** Options of {@link alpha}. The shares are fixed: at α = β the membrane has a pole. */
export type AlphaOptions<L extends string = never> = Learning<OptionsOf<typeof options>, L>

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
export const alpha = /* @__PURE__ */ defineFactory(
  {
    kind: 'neuron',
    name: 'alpha',
    summary: 'alpha neuron: a difference of two exponentials',
    facts: {
      equation: "e' = αe + x; i' = βi − x; u = γ(e' + i')",
      use: 'smooth input currents, with a rise and a decay',
    },
    options,
  },
  (read) =>
    <const L extends 'threshold' = never>(settings: AlphaOptions<L> = {}): NeuronModel<Learned<L>, AlphaState> => {
      const name = 'alpha'
      const { alpha: slow, beta: fast, threshold: fixed, reset, resetDelay, resetDetached } = read(settings)
      const learn: readonly L[] = settings.learn ?? []
      if (!(fast < slow && slow < 1)) {
        throw new SpikewardError(
          'INVALID_OPTION',
          `alpha: alpha is ${slow} and beta ${fast}; the response to an input is negative or none unless beta < alpha < 1; raise alpha or lower beta`,
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
          const stateOf = (e: Tensor, i: Tensor): AlphaState => ({
            membrane: mul(scale, add(e, i)),
            excitatory: e,
            inhibitory: i,
          })
          const after = ({ excitatory: e, inhibitory: i }: AlphaState, fired: Tensor): AlphaState => {
            if (reset === 'none') return stateOf(e, i)
            const s = stop(fired)
            if (reset === 'zero') return stateOf(sub(e, mul(s, e)), sub(i, mul(s, i)))
            return stateOf(sub(e, mul(s, scaled(threshold, 1 / scale))), i)
          }
          const charged = stateOf(add(mul(slow, excitatory), x), sub(mul(fast, inhibitory), x))
          if (resetDelay) {
            const state = after(charged, spike(stop(sub(u, threshold))))
            return { state, output: spike(sub(state.membrane, threshold)) }
          }
          const spikes = spike(sub(charged.membrane, threshold))
          return { state: after(charged, spikes), output: spikes }
        },
      }
    },
)
