import { add, square, sub, treeMap } from '@spikeward/core'
import type { Optimizer } from '@spikeward/core'
import { chain } from './chain.js'
import { blend, scaleByRoot } from './moments.js'
import type { MomentState } from './moments.js'
import { scaleByLearningRate } from './scale.js'
import type { CountState } from './scale.js'
import type { Schedule } from './schedule.js'

/** Options of {@link adaBelief} and {@link scaleByBelief}. */
export type AdaBeliefOptions = {
  /** Decay of the mean, default 0.9. */
  readonly b1?: number
  /** Decay of the second moment of the surprise, default **0.98**; the paper takes 0.999. */
  readonly b2?: number
  /** Added to the second moment at each step and to the root, default 1e-16. */
  readonly eps?: number
}

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
    const surprise = treeMap((g, m) => square(sub(g, m)), grad, mean)
    return treeMap((s) => add(s, eps), blend(b2, variance, surprise))
  })

/**
 * AdaBelief: `chain(scaleByBelief(options), scaleByLearningRate(rate))`. **β₂ is 0.98 by default.**
 *
 * @param rate a number ≥ 0, or a schedule
 * @throws INVALID_LEARNING_RATE, INVALID_OPTION, UNKNOWN_OPTION
 * @example const optimizer = adaBelief(1e-3)
 */
export const adaBelief = (
  rate: number | Schedule,
  options: AdaBeliefOptions = {},
): Optimizer<readonly [MomentState, CountState]> => chain(scaleByBelief(options), scaleByLearningRate(rate))
