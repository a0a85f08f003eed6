import { add, defineFactory, defineOptions, flag, mul, number, treeMap, zerosLike } from '@spikeward/core'
import type { Optimizer, OptionsOf, Tree } from '@spikeward/core'
import { chain } from '../transforms/chain.js'
import { type Schedule, rateArgument } from '../schedules.js'
import { type CountState, scaleByLearningRate } from '../transforms/scale.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Share of the velocity that is kept, default 0.9. */
  decay: number({ min: 0, max: 1, below: true, default: 0.9, help: 'share of the velocity that is kept (μ)' }),
  /** True: Nesterov's look ahead. Default false: heavy ball. */
  nesterov: flag({ default: false, help: "Nesterov's look ahead in place of the heavy ball" }),
}))

/** Options of {@link momentum} and {@link accumulate}. */
export type MomentumOptions = OptionsOf<typeof options>

/** The velocity: a tree like the parameters. */
export type VelocityState = { readonly velocity: Tree }

/**
 * Sums decaying gradients: v ← μ v + g; u = v (heavy ball), or u = g + μ v (Nesterov, in the form that needs the
 * gradient at θ only).
 *
 * On a constant slope it moves 1/(1 − μ) times as fast as the gradient alone: the rate is not multiplied by 1 − μ.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @see Polyak 1964; Sutskever et al., ICML 2013, section 2 (theirs puts the rate inside the velocity: the same for a
 *   constant rate)
 */
export const accumulate = /* @__PURE__ */ defineFactory(
  {
    kind: 'transform',
    name: 'accumulate',
    summary: 'sum of decaying gradients',
    facts: { update: 'v ← μ v + g; v, or g + μ v', state: 'velocity' },
    options,
  },
  (read) =>
    (settings: MomentumOptions = {}): Optimizer<VelocityState> => {
      const { decay, nesterov } = read(settings)
      return {
        name: nesterov ? `nesterov(${decay})` : `heavyBall(${decay})`,
        init: (params) => ({ velocity: treeMap((p) => zerosLike(p), params) }),
        update(grad, state) {
          const velocity = treeMap((g, v) => add(mul(v, decay), g), grad, state.velocity)
          const updates = nesterov ? treeMap((g, v) => add(g, mul(v, decay)), grad, velocity) : velocity
          return { updates, state: { velocity } }
        },
      }
    },
)

/**
 * Descent with momentum: `chain(accumulate(options), scaleByLearningRate(rate))`.
 *
 * @param rate a number ≥ 0, or a schedule
 * @throws INVALID_LEARNING_RATE, INVALID_OPTION, UNKNOWN_OPTION
 * @example const optimizer = momentum(1e-2, { decay: 0.95, nesterov: true })
 */
export const momentum = /* @__PURE__ */ defineFactory(
  {
    kind: 'optimizer',
    name: 'momentum',
    summary: 'descent with momentum 0.9',
    facts: { update: '`chain(accumulate(options), scaleByLearningRate(rate))`' },
    arguments: rateArgument,
    options,
  },
  (read) =>
    (rate: number | Schedule, settings: MomentumOptions = {}): Optimizer<readonly [VelocityState, CountState]> => {
      const { decay, nesterov } = read(settings, { rate })
      return chain(accumulate({ decay, nesterov }), scaleByLearningRate(rate))
    },
)
