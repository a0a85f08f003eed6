import { type NeuronModel, type OptionsOf, defineFactory, defineOptions, full, number } from '@spikeward/core'
import { leakOptions, leakyCharge } from '../../leak.js'
import { type Learned, type Learning, coefficient, learnedInit, learnOption } from '../../learned.js'
import type { MembraneState } from './integrateAndFire.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  ...leakOptions(),
  /** Membrane before the first step. */
  initialMembrane: number({ default: 0, help: 'membrane before the first step' }),
  learn: learnOption(['beta']),
}))

/** Options of {@link leakyIntegrator}. */
export type LeakyIntegratorOptions<L extends string = never> = Learning<OptionsOf<typeof options>, L>

/**
 * Leaky integrator: a membrane that never fires, for readouts. Its output is the membrane after the step.
 *
 *     u' = βu + (1 − β)u₀ + κx,   κ = 1 − β where `decayInput`, else 1
 *
 * Read it with `lastMembrane` or `meanMembrane`. The same as snnTorch's `Leaky` with reset "none", its membrane read.
 *
 * @example
 * const model = leakyIntegrator({ beta: 0.5 })
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([1]), { steps: 4 }, spike(atan()))
 * await lastMembrane(outputs).data() // [1.875]
 */
export const leakyIntegrator = /* @__PURE__ */ defineFactory(
  {
    kind: 'neuron',
    name: 'leakyIntegrator',
    summary: 'leaky integrator: a membrane that never fires, for readouts',
    options,
    facts: {
      equation: "u' = βu + (1 − β)u₀ + κx, the output; never fires",
      use: 'a readout of membranes',
      spikes: false,
    },
  },
  (read) =>
    <const L extends 'beta' = never>(
      settings: LeakyIntegratorOptions<L> = {},
    ): NeuronModel<Learned<L>, MembraneState> => {
      const filled = read(settings)
      const learn: readonly L[] = settings.learn ?? []
      return {
        name: 'leakyIntegrator',
        init: (_key, n) => learnedInit(learn, { beta: filled.beta }, n),
        rest: (shape, dtype = 'f32') => ({ membrane: full(shape, filled.initialMembrane, dtype) }),
        elapses: true,
        step(params, { membrane: u }, x, _spike, elapsed) {
          const membrane = leakyCharge(u, x, filled, coefficient(params, 'beta', filled.beta), elapsed)
          return { state: { membrane }, output: membrane }
        },
      }
    },
)
