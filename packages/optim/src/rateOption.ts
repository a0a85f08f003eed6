import { either, number, opaqueType } from '@spikeward/core'
import type { Schedule } from './schedule.js'

/** The learning rate of an optimiser: a number of at least 0, or a schedule. */
export const rateOption = () =>
  either(
    number({ min: 0, required: true, code: 'INVALID_LEARNING_RATE', help: 'learning rate' }),
    opaqueType('a schedule', (x): x is Schedule => typeof x === 'function'),
  )
