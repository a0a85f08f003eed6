import { boundedCache } from '../boundedCache.js'
import type { Plan } from '../plan/plan.js'
import { printProgram } from '../program/printProgram.js'
import type { Program } from '../program/program.js'
import { lower } from './lower.js'
import type { LowerOptions } from './lower.js'

/** A run has about ten programs; some are lowered several times (docs/decisions/0025-equal-programs-share-a-plan.md). */
const plans = boundedCache<Plan>(32, () => {})

/**
 * Lowers a Program, and returns the same Plan for an equal Program, for any backend: a plan does not depend on it. A run lowers
 * some programs several times: it computes its initial variables for the training and for the baseline, each with a
 * trace of its own, and its first steps on every backend that it chooses from.
 *
 * @throws DONATION_MISMATCH if an output cannot take the memory of its input
 */
export function lowerOnce(program: Program, donate: NonNullable<LowerOptions['donate']>): Plan {
  return plans.get(`${donate.join()} ${printProgram(program)}`, () => lower(program, { donate }))
}
