import { add, clip, defineFactory, defineOptions, full, mul, number } from '@spikeward/core'
import type { NeuronModel, OptionsOf, Tensor } from '@spikeward/core'
import { chargeFireReset, firing, firingOptions } from '../../firing.js'
import { leakOptions, leakyCharge } from '../../leak.js'
import { type Learned, type Learning, coefficient, learnedInit, learnOption } from '../../learned.js'

/** State of a current-based neuron: membrane u and synaptic current i, of the neurons' shape. */
export type SynapticState = { readonly membrane: Tensor; readonly synaptic: Tensor }

const options = /* @__PURE__ */ defineOptions(() => ({
  ...leakOptions(),
  ...firingOptions(),
  /** Share of the synaptic current that is left after a step, α ∈ [0, 1]. */
  alpha: number({ min: 0, max: 1, default: 0.8, help: 'share of the synaptic current left after a step (α)' }),
  /** Membrane before the first step. */
  initialMembrane: number({ default: 0, help: 'membrane before the first step' }),
  /** Synaptic current before the first step. */
  initialSynaptic: number({ default: 0, help: 'synaptic current before the first step' }),
  learn: learnOption(['alpha', 'beta', 'threshold']),
}))

/** Options of {@link synaptic}. */
export type SynapticOptions<L extends string = never> = Learning<OptionsOf<typeof options>, L>

/**
 * Current-based leaky integrate and fire: the input jumps a synaptic current, which charges the membrane.
 *
 *     i' = αi + x
 *     c(u) = βu + (1 − β)u₀ + κi',   κ = 1 − β where `decayInput`, else 1
 *
 * Then fire and reset as {@link firingOptions} states. By default snnTorch's `Synaptic`; Norse's LIFCell is
 * `norseLif` (it keeps αi' as its synaptic current, we keep i'). A learned α is clipped to [0, 1].
 *
 * @example
 * const model = synaptic({ alpha: 0.5, beta: 1 })
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.25]), { steps: 6 }, spike(atan()))
 * await outputs.data() // [0, 0, 1, 0, 1, 0]
 */
export const synaptic = /* @__PURE__ */ defineFactory(
  {
    kind: 'neuron',
    name: 'synaptic',
    summary: 'leaky integrate and fire, charged by a synaptic current that decays',
    facts: { equation: "i' = αi + x; c(u) = βu + (1 − β)u₀ + κi'", use: 'smooth input currents' },
    options,
  },
  (read) =>
    <const L extends 'alpha' | 'beta' | 'threshold' = never>(
      settings: SynapticOptions<L> = {},
    ): NeuronModel<Learned<L>, SynapticState> => {
      const name = 'synaptic'
      const filled = read(settings)
      const { alpha, initialMembrane, initialSynaptic } = filled
      const learn: readonly L[] = settings.learn ?? []
      const fire = firing(name, filled)
      return {
        name,
        init: (_key, n) => learnedInit(learn, { alpha, beta: filled.beta, threshold: fire.threshold }, n),
        rest: (shape, dtype = 'f32') => ({
          membrane: full(shape, initialMembrane, dtype),
          synaptic: full(shape, initialSynaptic, dtype),
        }),
        step(params, { membrane: u, synaptic: i }, x, spike) {
          const decay = coefficient(params, 'alpha', alpha)
          const beta = coefficient(params, 'beta', filled.beta)
          const threshold = coefficient(params, 'threshold', fire.threshold)
          const current = add(mul(typeof decay === 'number' ? decay : clip(decay, 0, 1), i), x)
          const charge = (v: Tensor): Tensor => leakyCharge(v, current, filled, beta)
          const { membrane, spikes } = chargeFireReset(charge, u, fire, spike, threshold)
          return { state: { membrane, synaptic: current }, output: spikes }
        },
      }
    },
)
