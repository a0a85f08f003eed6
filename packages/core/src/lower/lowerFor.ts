import type { Backend } from '../backend/backend.js'
import { cacheByBackend } from '../backend/cacheByBackend.js'
import type { Plan } from '../plan/plan.js'
import { printProgram } from '../program/printProgram.js'
import type { Program } from '../program/program.js'
import { lower } from './lower.js'
import type { LowerOptions } from './lower.js'

/** A run has about ten programs; some are lowered several times (docs/decisions/0025-equal-programs-share-a-plan.md). */
const plansOf = cacheByBackend<Plan>(32, () => {})

/**
 * Lowers a Program, and returns the same Plan for an equal Program while the backend exists. A run lowers some programs several times: it computes its initial variables for the training and for the baseline,
 * each with a trace of its own.
 *
 * @throws DONATION_MISMATCH if an output cannot take the memory of its input
 */
export function lowerFor(backend: Backend, program: Program, donate: NonNullable<LowerOptions['donate']>): Plan {
  const key = `${donate.join()} ${printProgram(program)}`
  return plansOf(backend).get(key, () => lower(program, { donate, windows: backend.capabilities.windows ?? false }))
}
