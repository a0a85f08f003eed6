import { add, defineFactory, defineOptions, full, number } from '@spikeward/core'
import type { NeuronModel, OptionsOf, Tensor } from '@spikeward/core'
import { chargeFireReset, firing, firingOptions } from '../../firing.js'
import { type Learned, type Learning, coefficient, learnedInit, learnOption } from '../../learned.js'

/** State of a neuron that has only a membrane, of the neurons' shape. */
export type MembraneState = { readonly membrane: Tensor }

const options = /* @__PURE__ */ defineOptions(() => ({
  ...firingOptions(),
  /** Membrane before the first step. */
  initialMembrane: number({ default: 0, help: 'membrane before the first step' }),
  learn: learnOption(['threshold']),
}))

/** Options of {@link integrateAndFire}. */
export type IntegrateAndFireOptions<L extends string = never> = Learning<OptionsOf<typeof options>, L>

/**
 * Integrate and fire: a membrane without a leak.
 *
 *     c(u) = u + x
 *
 * Then fire and reset as {@link firingOptions} states: by default u' = c(u) − θH(u − θ), s = H(u' − θ).
 * Lapicque, J. Physiol. Pathol. Gen. 9 (1907). SpikingJelly's IFNode is `spikingJellyIf`.
 *
 * @example
 * const model = integrateAndFire()
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.375]), { steps: 6 }, spike(atan()))
 * await outputs.data() // [0, 0, 1, 0, 0, 1]
 */
export const integrateAndFire = /* @__PURE__ */ defineFactory(
  {
    kind: 'neuron',
    name: 'integrateAndFire',
    aliases: ['if'],
    summary: 'integrate and fire: a membrane without a leak',
    facts: {
      equation: 'c(u) = u + x',
      use: 'function approximation: the smoothest rate code for a given T',
      nirNode: 'IF',
    },
    options,
  },
  (read) =>
    <const L extends 'threshold' = never>(
      settings: IntegrateAndFireOptions<L> = {},
    ): NeuronModel<Learned<L>, MembraneState> => {
      const { initialMembrane, ...rest } = read(settings)
      const learn: readonly L[] = settings.learn ?? []
      const fire = firing('integrateAndFire', rest)
      return {
        name: 'integrateAndFire',
        init: (_key, n) => learnedInit(learn, { threshold: fire.threshold }, n),
        rest: (shape, dtype = 'f32') => ({ membrane: full(shape, initialMembrane, dtype) }),
        step(params, { membrane: u }, x, spike) {
          const threshold = coefficient(params, 'threshold', fire.threshold)
          const { membrane, spikes } = chargeFireReset((v) => add(v, x), u, fire, spike, threshold)
          return { state: { membrane }, output: spikes }
        },
      }
    },
)
