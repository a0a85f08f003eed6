import { type NeuronModel, type OptionsOf, defineFactory, defineOptions, full, number } from '@spikeward/core'
import { chargeFireReset, firing, firingOptions } from '../../firing.js'
import { leakOptions, leakyCharge } from '../../leak.js'
import { type Learned, type Learning, coefficient, learnedInit, learnOption } from '../../learned.js'
import type { MembraneState } from './integrateAndFire.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  ...leakOptions(),
  ...firingOptions(),
  /** Membrane before the first step. */
  initialMembrane: number({ default: 0, help: 'membrane before the first step' }),
  learn: learnOption(['beta', 'threshold']),
}))

/** Options of {@link leakyIntegrateAndFire}. */
export type LeakyIntegrateAndFireOptions<L extends string = never> = Learning<OptionsOf<typeof options>, L>

/**
 * Leaky integrate and fire.
 *
 *     c(u) = βu + (1 − β)u₀ + κx,   κ = 1 − β where `decayInput`, else 1
 *
 * Then fire and reset as {@link firingOptions} states. By default u' = βu + x − θH(u − θ), s = H(u' − θ), and no
 * derivative flows through the reset: snnTorch's `Leaky`. With resetDelay false one reset follows each spike, and the
 * next step starts from its result; snnTorch differs if the membrane is still above θ after its reset: it then
 * subtracts θ from the next charge before it tests for a spike. SpikingJelly's LIFNode is `spikingJellyLif`.
 *
 * @example
 * const model = leakyIntegrateAndFire({ beta: 0.5, reset: 'zero' })
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.625]), { steps: 6 }, spike(atan()))
 * await outputs.data() // [0, 0, 1, 0, 0, 1]
 */
export const leakyIntegrateAndFire = /* @__PURE__ */ defineFactory(
  {
    kind: 'neuron',
    name: 'leakyIntegrateAndFire',
    aliases: ['lif'],
    summary: 'leaky integrate and fire',
    facts: {
      equation: 'c(u) = βu + (1 − β)u₀ + κx',
      use: 'a memory that decays; `beta: 1` is the integrate-and-fire neuron, `learn` makes β and θ parameters',
      nirNode: 'LIF',
    },
    options,
  },
  (read) =>
    <const L extends 'beta' | 'threshold' = never>(
      settings: LeakyIntegrateAndFireOptions<L> = {},
    ): NeuronModel<Learned<L>, MembraneState> => {
      const name = 'leakyIntegrateAndFire'
      const filled = read(settings)
      const learn: readonly L[] = settings.learn ?? []
      const fire = firing(name, filled)
      return {
        name,
        init: (_key, n) => learnedInit(learn, { beta: filled.beta, threshold: fire.threshold }, n),
        rest: (shape, dtype = 'f32') => ({ membrane: full(shape, filled.initialMembrane, dtype) }),
        elapses: true,
        step(params, { membrane: u }, x, spike, elapsed) {
          const beta = coefficient(params, 'beta', filled.beta)
          const threshold = coefficient(params, 'threshold', fire.threshold)
          const { membrane, spikes } = chargeFireReset(
            (v) => leakyCharge(v, x, filled, beta, elapsed),
            u,
            fire,
            spike,
            threshold,
          )
          return { state: { membrane }, output: spikes }
        },
      }
    },
)
