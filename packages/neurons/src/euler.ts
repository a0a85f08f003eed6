import { type Filled, type Options, number } from '@spikeward/core'
import { type Firing, firing, firingOptions } from './firing.js'

/**
 * The options of a membrane that takes Euler's step of one time unit, c(u) = u + f(u)/τ. Its reset is by default to
 * `resetMembrane`, in the step of the spike.
 *
 * @param own the options of f, listed between those of the step and those of the membrane
 */
/* @__NO_SIDE_EFFECTS__ */
export function eulerOptions<O extends Options>(own: O) {
  return {
    ...firingOptions({ reset: 'zero', resetDelay: false, resetDetached: false }),
    /** Membrane after a `zero` reset; −0.1 by default. */
    resetMembrane: number({ computed: '-0.1 for a zero reset, else 0', help: 'membrane after a zero reset' }),
    /** Time constant in steps, τ > 0. */
    tau: number({ min: 0, above: true, default: 2, help: 'time constant in steps (τ)' }),
    ...own,
    /** Resting membrane u₀. */
    restMembrane: number({ default: 0, help: 'resting membrane (u₀)' }),
    /** Membrane before the first step; `resetMembrane` by default. */
    initialMembrane: number({ computed: 'resetMembrane', help: 'membrane before the first step' }),
  }
}

type Declared = ReturnType<typeof eulerOptions<Record<never, never>>>

/**
 * The reset of checked options, and the membrane before the first step.
 *
 * @param factory for messages
 * @throws INVALID_OPTION as {@link firing}
 */
export function eulerFiring(
  factory: string,
  filled: Filled<Declared>,
): { readonly fire: Firing; readonly initialMembrane: number } {
  const resetMembrane = filled.resetMembrane ?? (filled.reset === 'zero' ? -0.1 : 0)
  return {
    fire: firing(factory, { ...filled, resetMembrane }),
    initialMembrane: filled.initialMembrane ?? resetMembrane,
  }
}
