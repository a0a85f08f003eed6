import type { Estimator } from '@spikeward/core'
import { measureOf } from './measures.js'
import { checkCut } from './partition.js'
import type { Cut } from './partition.js'

/**
 * Makes sure, before anything is computed, that an estimator can be shared out as a cut says.
 *
 * @throws INVALID_OPTION, ESTIMATOR_NOT_SHARED
 */
export function checkShared(estimator: Estimator, cut: Cut): void {
  checkCut(cut)
  measureOf(estimator, cut)
}
