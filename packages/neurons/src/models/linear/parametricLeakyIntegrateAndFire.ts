import { defineFactory, defineOptions, flag, full, number, sigmoid, sub } from '@spikeward/core'
import type { NeuronModel, OptionsOf, Tensor } from '@spikeward/core'
import { firingOptions } from '../../firing.js'
import { leakOptions } from '../../leak.js'
import { type Learned, type Learning, learnOption } from '../../learned.js'
import type { MembraneState } from './integrateAndFire.js'
import { leakyIntegrateAndFire } from './leakyIntegrateAndFire.js'

const options = /* @__PURE__ */ defineOptions(() => {
  const { restMembrane, decayInput } = leakOptions({ decayInput: true })
  return {
    restMembrane,
    decayInput,
    ...firingOptions({ reset: 'zero', resetDelay: false, resetDetached: false }),
    /** Time constant before training in steps, τ > 1. */
    tau: number({ min: 1, above: true, default: 2, help: 'time constant before training in steps (τ)' }),
    /** True (the default): one time constant for the layer. False: one per neuron. */
    shared: flag({ default: true, help: 'one time constant for the layer, not one for each neuron' }),
    /** Membrane before the first step. */
    initialMembrane: number({ default: 0, help: 'membrane before the first step' }),
    learn: learnOption(['threshold']),
  }
})

/**
 * Options of {@link parametricLeakyIntegrateAndFire}; `learn` names coefficients besides the time constant. Reset by
 * default: to zero, in the step of the spike.
 */
export type ParametricLeakyIntegrateAndFireOptions<L extends string = never> = Learning<OptionsOf<typeof options>, L>

/**
 * Parametric leaky integrate and fire (PLIF): a leaky neuron that learns its time constant, without bounds to mind.
 *
 *     1/τ = σ(w),   β = 1 − σ(w),   c(u) = βu + (1 − β)u₀ + κx
 *
 * w = −ln(τ − 1) before training; κ = 1/τ by default (`decayInput`). It is `leakyIntegrateAndFire({ learn: ['beta'] })`
 * with β bounded by a sigmoid in the place of a clip, whose derivative is zero outside [0, 1]. Then fire and reset as
 * {@link firingOptions} states.
 *
 * Fang et al., ICCV 2021, arXiv 2007.05785; the defaults are SpikingJelly's `ParametricLIFNode` (whose H(0) is 1):
 * one w for the layer.
 *
 * @example
 * const model = parametricLeakyIntegrateAndFire({ tau: 4 })
 * const params = model.init(key(0), 3)
 * await params.leakLogit.item() // -1.0986
 */
export const parametricLeakyIntegrateAndFire = /* @__PURE__ */ defineFactory(
  {
    kind: 'neuron',
    name: 'parametricLeakyIntegrateAndFire',
    aliases: ['plif'],
    summary: 'leaky integrate and fire that learns its time constant (PLIF)',
    facts: { equation: 'c(u) = βu + (1 − β)u₀ + κx; β = 1 − σ(w), w learned', use: 'a learned time constant' },
    options,
  },
  (read) =>
    <const L extends 'threshold' = never>(
      settings: ParametricLeakyIntegrateAndFireOptions<L> = {},
    ): NeuronModel<Learned<L | 'leakLogit'>, MembraneState> => {
      const { tau, shared, learn, ...rest } = read(settings)
      const beta = 1 - 1 / tau
      const leaky = leakyIntegrateAndFire<'beta' | 'threshold'>({ ...rest, beta, learn: ['beta', ...learn] })
      return {
        name: 'parametricLeakyIntegrateAndFire',
        init(key, n) {
          const { beta: _beta, ...others } = leaky.init(key, n)
          return { ...others, leakLogit: full(shared ? [] : [n], -Math.log(tau - 1)) }
        },
        rest: (shape, dtype) => leaky.rest(shape, dtype),
        elapses: true,
        step(params, state, x, spike, elapsed) {
          const { leakLogit, ...others } = params as { readonly leakLogit: Tensor; readonly threshold: Tensor }
          return leaky.step({ ...others, beta: sub(1, sigmoid(leakLogit)) }, state, x, spike, elapsed)
        },
      }
    },
)
