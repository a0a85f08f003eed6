import { type Optimizer, defineFactory } from '@spikeward/core'
import { type Schedule, rateArgument } from '../schedules.js'
import { type CountState, scaleByLearningRate } from '../transforms/scale.js'

/**
 * Plain descent: Δθ = −r(t) g.
 *
 * @param rate a number ≥ 0, or a schedule
 * @throws INVALID_LEARNING_RATE
 * @example const optimizer = sgd(0.1)
 */
export const sgd = /* @__PURE__ */ defineFactory(
  {
    kind: 'optimizer',
    name: 'sgd',
    summary: 'plain descent',
    facts: { update: '`scaleByLearningRate(rate)`' },
    arguments: rateArgument,
  },
  (read) =>
    (rate: number | Schedule): Optimizer<CountState> => {
      read({}, { rate })
      return { ...scaleByLearningRate(rate), name: 'sgd' }
    },
)
