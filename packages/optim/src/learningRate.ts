import { declaredType, defineOptions, either, number } from '@spikeward/core'
import type { Tensor, TensorLike } from '@spikeward/core'

/**
 * A learning rate as a function of the step: a scalar tensor that counts from 0. It uses operations only, so that a
 * whole training step with its rate is one `jit`. It computes in the step's floating type (f32 for an integer step).
 */
export type Schedule = (step: Tensor) => TensorLike

/** Whether a value is a schedule: any function of the step. */
export const isSchedule = (x: unknown): x is Schedule => typeof x === 'function'

/** A rate: a number of at least 0. */
/* @__NO_SIDE_EFFECTS__ */
export function initialRate(help = 'learning rate at step 0') {
  return number({ min: 0, required: true, code: 'INVALID_LEARNING_RATE', help })
}

/** The learning rate of an optimiser: a number of at least 0, or a schedule. */
export const rateArgument = /* @__PURE__ */ defineOptions(() => ({
  rate: either(initialRate('learning rate'), declaredType('schedule', isSchedule)),
}))
