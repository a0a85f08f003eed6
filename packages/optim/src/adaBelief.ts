import { add, defineFactory, defineOptions, number, square, sub, treeMap } from '@spikeward/core'
import type { Optimizer, OptionsOf } from '@spikeward/core'
import { chain } from './chain.js'
import { updateMoment, scaleByRoot } from './moments.js'
import type { MomentState } from './moments.js'
import { rateOption } from './rateOption.js'
import { scaleByLearningRate } from './scale.js'
import type { CountState } from './scale.js'
import type { Schedule } from './schedule.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Decay of the mean, default 0.9. */
  b1: number({ min: 0, max: 1, below: true, default: 0.9, help: 'decay of the mean (β₁)' }),
  /** Decay of the squared prediction error, default **0.98**; the paper takes 0.999. */
  b2: number({ min: 0, max: 1, below: true, default: 0.98, help: 'decay of the second moment (β₂)' }),
  /** Added to the second moment at each step and to the root, default 1e-16. */
  eps: number({ min: 0, default: 1e-16, help: 'added to the second moment and to the root (ε)' }),
}))

/** Options of {@link adaBelief} and {@link scaleByBelief}. */
export type AdaBeliefOptions = OptionsOf<typeof options>

/**
 * Adam with the variance about the mean in place of the second moment:
 * m ← β₁ m + (1 − β₁) g, s ← β₂ s + (1 − β₂)(g − m)² + ε, u = (m/(1 − β₁ᵗ)) / (√(s/(1 − β₂ᵗ)) + ε), t from 1, m after
 * its update.
 *
 * **β₂ is 0.98 by default**, for the reason given at `scaleByAdam`.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @see Zhuang et al. 2020 (2010.07468), algorithm 2, its ε at both places
 */
export const scaleByBelief = (options: AdaBeliefOptions = {}): Optimizer<MomentState> =>
  scaleByRoot('scaleByBelief', options, 1e-16, (variance, grad, mean, b2, eps) => {
    const squaredError = treeMap((g, m) => square(sub(g, m)), grad, mean)
    return treeMap((s) => add(s, eps), updateMoment(b2, variance, squaredError))
  })

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
    arguments: { rate: rateOption() },
    options,
  },
  (read) =>
    (rate: number | Schedule, given: AdaBeliefOptions = {}): Optimizer<readonly [MomentState, CountState]> => {
      const { b1, b2, eps } = read(given, { rate })
      return chain(scaleByBelief({ b1, b2, eps }), scaleByLearningRate(rate))
    },
)
