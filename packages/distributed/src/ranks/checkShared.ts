import type { Estimator } from '@spikeward/core'
import { measureOf } from './measures.js'
import { checkCut } from './partition.js'
import type { Cut } from './partition.js'

/**
 * Checks, before anything is computed, that an estimator can be distributed according to the cut.
 *
 * @throws INVALID_OPTION, ESTIMATOR_NOT_SHARED
 */
export function checkShared(estimator: Estimator, cut: Cut): void {
  checkCut(cut)
  measureOf(estimator, cut)
}
