import { add, defineFactory, defineOptions, square, sub, treeMap } from '@spikeward/core'
import type { Optimizer, OptionsOf } from '@spikeward/core'
import { chain } from '../transforms/chain.js'
import { type MomentState, momentOptions, scaleByMoments, updateMoment } from './moments.js'
import { type Schedule, rateArgument } from '../schedules.js'
import { type CountState, scaleByLearningRate } from '../transforms/scale.js'

const options = /* @__PURE__ */ defineOptions(() =>
  momentOptions(1e-16, 'added to the second moment and to the root (ε)'),
)

/** Options of {@link adaBelief} and {@link scaleByBelief}. */
export type AdaBeliefOptions = OptionsOf<typeof options>

/**
 * Adam with the squared prediction error (g − μ)² in the place of the squared gradient:
 * μ ← β₁ μ + (1 − β₁) g, ν ← β₂ ν + (1 − β₂)(g − μ)² + ε, u = (μ/(1 − β₁ᵗ)) / (√(ν/(1 − β₂ᵗ)) + ε), t from 1, with μ
 * after its update.
 *
 * **β₂ is 0.98 by default**, for the reason given at `scaleByAdam`.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @see Zhuang et al. 2020 (2010.07468), algorithm 2, its ε at both places
 */
export const scaleByBelief = /* @__PURE__ */ defineFactory(
  {
    kind: 'transform',
    name: 'scaleByBelief',
    summary: 'first moment over the root of the squared prediction error',
    facts: { update: 'μ̂ / (√ν̂ + ε), ν the variance about μ', state: 'step, mu, nu' },
    options,
  },
  (read) =>
    (settings: AdaBeliefOptions = {}): Optimizer<MomentState> => {
      const filled = read(settings)
      const { b2, eps } = filled
      return scaleByMoments('scaleByBelief', filled, (nu, grad, mu) => {
        const squaredError = treeMap((g, m) => square(sub(g, m)), grad, mu)
        return treeMap((s) => add(s, eps), updateMoment(b2, nu, squaredError))
      })
    },
)

/**
 * AdaBelief: `chain(scaleByBelief(options), scaleByLearningRate(rate))`. **β₂ is 0.98 by default.**
 *
 * @param rate a number ≥ 0, or a schedule
 * @throws INVALID_LEARNING_RATE, INVALID_OPTION, UNKNOWN_OPTION
 * @example const optimizer = adaBelief(1e-3)
 */
export const adaBelief = /* @__PURE__ */ defineFactory(
  {
    kind: 'optimizer',
    name: 'adaBelief',
    summary: 'AdaBelief with decays 0.9 and 0.98',
    facts: { update: '`chain(scaleByBelief(options), scaleByLearningRate(rate))`' },
    arguments: rateArgument,
    options,
  },
  (read) =>
    (rate: number | Schedule, settings: AdaBeliefOptions = {}): Optimizer<readonly [MomentState, CountState]> => {
      const { b1, b2, eps } = read(settings, { rate })
      return chain(scaleByBelief({ b1, b2, eps }), scaleByLearningRate(rate))
    },
)
