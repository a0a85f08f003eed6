import { add, div, sqrt, square, sub, treeMap, zerosLike } from '@spikeward/core'
import type { Optimizer } from '@spikeward/core'
import { chain } from './chain.js'
import { blend, filled } from './moments.js'
import type { MomentState } from './moments.js'
import { checkNames, checkNumber } from './options.js'
import { scaleByLearningRate, zeroCount } from './scale.js'
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
export function scaleByBelief(options: AdaBeliefOptions = {}): Optimizer<MomentState> {
  checkNames('scaleByBelief', options, ['b1', 'b2', 'eps'])
  const b1 = checkNumber('scaleByBelief', 'b1', options.b1 ?? 0.9, 'decay')
  const b2 = checkNumber('scaleByBelief', 'b2', options.b2 ?? 0.98, 'decay')
  const eps = checkNumber('scaleByBelief', 'eps', options.eps ?? 1e-16, 'notNegative')
  return {
    name: `scaleByBelief(${b1}, ${b2})`,
    init: (params) => ({
      step: zeroCount(),
      mean: treeMap((p) => zerosLike(p), params),
      variance: treeMap((p) => zerosLike(p), params),
    }),
    update(grad, state) {
      const t = add(state.step, 1)
      const mean = blend(b1, state.mean, grad)
      const surprise = treeMap((g, m) => square(sub(g, m)), grad, mean)
      const variance = treeMap((s) => add(s, eps), blend(b2, state.variance, surprise))
      const updates = treeMap(
        (_, m, s) => div(div(m, filled(b1, t, m.dtype)), add(sqrt(div(s, filled(b2, t, s.dtype))), eps)),
        grad,
        mean,
        variance,
      )
      return { updates, state: { step: t, mean, variance } }
    },
  }
}

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
