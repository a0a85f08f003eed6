import { add, clip, full, mul } from '@spikeward/core'
import type { NeuronModel, Tensor } from '@spikeward/core'
import { chargeFireReset, firing, firingNames } from '../firing.js'
import type { FiringOptions } from '../firing.js'
import { leak, leakNames, leakyCharge } from '../leak.js'
import type { LeakOptions } from '../leak.js'
import { checkLearned, coefficient, learnedInit } from '../learned.js'
import type { Learned } from '../learned.js'
import { checkNames, checkNumber } from '../options.js'

/** State of a current-based neuron: membrane u and synaptic current i, of the neurons' shape. */
export type SynapticState = { readonly membrane: Tensor; readonly synaptic: Tensor }

/** Options of {@link synaptic}. */
export interface SynapticOptions<L extends string = never> extends LeakOptions, FiringOptions {
  /** Share of the synaptic current that is left after a step, α ∈ [0, 1]; 0.8 by default. */
  readonly alpha?: number
  /** Membrane before the first step; 0 by default. */
  readonly initialMembrane?: number
  /** Synaptic current before the first step; 0 by default. */
  readonly initialSynaptic?: number
  /** Coefficients to learn, one per neuron; none by default. */
  readonly learn?: readonly L[]
}

/**
 * Current-based leaky integrate and fire: the input jumps a synaptic current, which charges the membrane.
 *
 *     i' = αi + x
 *     c(u) = βu + (1 − β)u₀ + κi',   κ = 1 − β where `decayInput`, else 1
 *
 * Then fire and reset as {@link FiringOptions} state. By default snnTorch's `Synaptic`; Norse's LIFCell is
 * `norseLif` (it keeps αi' as its synaptic current, we keep i'). A learned α is clipped to [0, 1].
 *
 * @example
 * const model = synaptic({ alpha: 0.5, beta: 1 })
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.25]), { steps: 6 }, spike(atan()))
 * await outputs.data() // [0, 0, 1, 0, 1, 0]
 */
export function synaptic<const L extends 'alpha' | 'beta' | 'threshold' = never>(
  options: SynapticOptions<L> = {},
): NeuronModel<Learned<L>, SynapticState> {
  const name = 'synaptic'
  checkNames(name, options, [...leakNames, ...firingNames, 'alpha', 'initialMembrane', 'initialSynaptic', 'learn'])
  const { learn = [] } = options
  checkLearned(name, learn, ['alpha', 'beta', 'threshold'])
  const alpha = checkNumber(name, 'alpha', options.alpha ?? 0.8, { min: 0, max: 1 })
  const leaks = leak(name, options)
  const fire = firing(name, options)
  const initialMembrane = checkNumber(name, 'initialMembrane', options.initialMembrane ?? 0)
  const initialSynaptic = checkNumber(name, 'initialSynaptic', options.initialSynaptic ?? 0)
  return {
    name,
    init: (_key, n) => learnedInit(learn, { alpha, beta: leaks.beta, threshold: fire.threshold }, n),
    rest: (shape, dtype = 'f32') => ({
      membrane: full(shape, initialMembrane, dtype),
      synaptic: full(shape, initialSynaptic, dtype),
    }),
    step(params, { membrane: u, synaptic: i }, x, spike) {
      const decay = coefficient(params, 'alpha', alpha)
      const beta = coefficient(params, 'beta', leaks.beta)
      const threshold = coefficient(params, 'threshold', fire.threshold)
      const current = add(mul(typeof decay === 'number' ? decay : clip(decay, 0, 1), i), x)
      const charge = (v: Tensor): Tensor => leakyCharge(v, current, leaks, beta)
      const { membrane, spikes } = chargeFireReset(charge, u, fire, spike, threshold)
      return { state: { membrane, synaptic: current }, output: spikes }
    },
  }
}
