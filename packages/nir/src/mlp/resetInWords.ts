import type { NeuronDescription } from './description.js'

/**
 * The effect of a spike on the membrane, and its step: one sentence for files, chips and reports.
 *
 * A reset to a value acts on the next charge alone, so that its delay changes no spike and is not named.
 *
 * @example
 * resetInWords({ reset: 'subtract', resetDelayed: true, resetMembrane: 0 })
 * // 'a spike subtracts the threshold from the membrane in the step after it'
 */
export function resetInWords({
  reset,
  resetDelayed,
  resetMembrane,
}: Pick<NeuronDescription, 'reset' | 'resetDelayed' | 'resetMembrane'>): string {
  if (reset === 'none') return 'a spike does not change the membrane'
  if (reset === 'zero') return `a spike sets the membrane to ${resetMembrane}`
  return `a spike subtracts the threshold from the membrane in ${resetDelayed ? 'the step after it' : 'its own step'}`
}
