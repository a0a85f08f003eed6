import { defineFactory, defineOptions, number, square, treeMap } from '@spikeward/core'
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
  /** Decay of the second moment, default **0.98**; most libraries take 0.999. */
  b2: number({ min: 0, max: 1, below: true, default: 0.98, help: 'decay of the second moment (β₂)' }),
  /** Added to the root, default 1e-8. */
  eps: number({ min: 0, default: 1e-8, help: 'added to the root (ε)' }),
}))

/** Options of {@link adam} and {@link scaleByAdam}. */
export type AdamOptions = OptionsOf<typeof options>

/**
 * Divides the mean gradient by the root of its second moment:
 * m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², u = (m/(1 − β₁ᵗ)) / (√(v/(1 − β₂ᵗ)) + ε), t from 1.
 *
 * **β₂ is 0.98 by default, not 0.999**: the size of a random-direction estimate changes from step to step by orders of
 * magnitude, and a
 * long memory keeps second moments of directions long gone. With exact gradients (`bp`) 0.98 does no harm; pass `b2:
 * 0.999` for the numbers of other libraries.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @see Kingma & Ba 2014 (1412.6980), algorithm 1; ε is outside the root, as there
 */
export const scaleByAdam = (options: AdamOptions = {}): Optimizer<MomentState> =>
  scaleByRoot('scaleByAdam', options, 1e-8, (variance, grad, _mean, b2) =>
    updateMoment(
      b2,
      variance,
      treeMap((g) => square(g), grad),
    ),
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
    arguments: { rate: rateOption() },
    options,
  },
  (read) =>
    (rate: number | Schedule, given: AdamOptions = {}): Optimizer<readonly [MomentState, CountState]> => {
      const { b1, b2, eps } = read(given, { rate })
      return chain(scaleByAdam({ b1, b2, eps }), scaleByLearningRate(rate))
    },
)
