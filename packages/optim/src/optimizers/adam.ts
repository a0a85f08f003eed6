import { defineFactory, defineOptions, square, treeMap } from '@spikeward/core'
import type { Optimizer, OptionsOf, Tree } from '@spikeward/core'
import { chain } from '../transforms/chain.js'
import { type MomentState, momentOptions, scaleByMoments, updateMoment } from './moments.js'
import { type Schedule, rateArgument } from '../schedules.js'
import { type CountState, scaleByLearningRate } from '../transforms/scale.js'

const options = /* @__PURE__ */ defineOptions(() => momentOptions(1e-8, 'added to the root (ε)'))

/** Options of {@link adam} and {@link scaleByAdam}. */
export type AdamOptions = OptionsOf<typeof options>

/**
 * Divides the first moment of the gradient by the root of its second moment:
 * μ ← β₁ μ + (1 − β₁) g, ν ← β₂ ν + (1 − β₂) g², u = (μ/(1 − β₁ᵗ)) / (√(ν/(1 − β₂ᵗ)) + ε), t from 1.
 *
 * **β₂ is 0.98 by default, not 0.999.** The size of a random-direction estimate changes by orders of magnitude from
 * step to step, and a long memory keeps the second moments of old directions. With exact gradients (`bp`) 0.98 does no
 * harm; pass `b2: 0.999` for the numbers of other libraries.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @see Kingma & Ba 2014 (1412.6980), algorithm 1; ε is outside the root, as there
 */
export const scaleByAdam = /* @__PURE__ */ defineFactory(
  {
    kind: 'transform',
    name: 'scaleByAdam',
    summary: 'first moment over the root of the second moment',
    facts: { update: 'μ̂ / (√ν̂ + ε)', state: 'step, mu, nu' },
    options,
  },
  (read) =>
    (settings: AdamOptions = {}): Optimizer<MomentState> => {
      const filled = read(settings)
      const squared = (grad: Tree): Tree => treeMap((g) => square(g), grad)
      return scaleByMoments('scaleByAdam', filled, (nu, grad) => updateMoment(filled.b2, nu, squared(grad)))
    },
)

/**
 * Adam: `chain(scaleByAdam(options), scaleByLearningRate(rate))`. **β₂ is 0.98 by default**, see {@link scaleByAdam}.
 *
 * @param rate a number ≥ 0, or a schedule
 * @throws INVALID_LEARNING_RATE, INVALID_OPTION, UNKNOWN_OPTION
 * @example const optimizer = adam(cosineDecay({ initial: 1e-3, steps: 10_000 }))
 */
export const adam = /* @__PURE__ */ defineFactory(
  {
    kind: 'optimizer',
    name: 'adam',
    summary: 'Adam with decays 0.9 and 0.98',
    facts: { update: '`chain(scaleByAdam(options), scaleByLearningRate(rate))`' },
    arguments: rateArgument,
    options,
  },
  (read) =>
    (rate: number | Schedule, settings: AdamOptions = {}): Optimizer<readonly [MomentState, CountState]> => {
      const { b1, b2, eps } = read(settings, { rate })
      return chain(scaleByAdam({ b1, b2, eps }), scaleByLearningRate(rate))
    },
)
