import { SpikewardError, choice, either, flag, number, opaqueType, stopGradient, sub } from '@spikeward/core'
import type { Filled, OptionsOf, Spike, Tensor } from '@spikeward/core'
import type { Constant } from './leak.js'
import { type ResetRule, noReset, subtractReset, zeroReset } from './reset.js'

/** The names of the reset rules. */
export const resetNames = ['subtract', 'zero', 'none'] as const

/** The name of a reset rule. */
export type ResetName = (typeof resetNames)[number]

const isResetRule = (x: unknown): x is ResetRule =>
  typeof x === 'object' && x !== null && 'immediate' in x && 'delayed' in x

/** Defaults of {@link firingOptions} in which models differ. */
export interface FiringDefaults {
  /** `subtract` unless it is given. */
  readonly reset?: ResetName
  /** True unless it is given. */
  readonly resetDelay?: boolean
  /** True unless it is given. */
  readonly resetDetached?: boolean
}

/**
 * The options that every spiking model has: its threshold, and what happens after a spike.
 *
 * @example
 * const options = defineOptions(() => ({ ...firingOptions({ reset: 'zero' }), beta: number({ default: 0.9, help: 'leak' }) }))
 */
/* @__NO_SIDE_EFFECTS__ */
export function firingOptions({ reset = 'subtract', resetDelay = true, resetDetached = true }: FiringDefaults = {}) {
  return {
    /** Membrane at which the neuron fires, θ > 0. The spike's `atThreshold` states whether it fires exactly there. */
    threshold: number({ min: 0, above: true, default: 1, help: 'membrane at which the neuron fires (θ)' }),
    /** The effect of a spike on the membrane: subtract θ, set it to `resetMembrane`, nothing, or your own rule. */
    reset: either(
      choice(resetNames, { default: reset, help: 'what a spike does to the membrane' }),
      opaqueType('a ResetRule', isResetRule),
    ),
    /** Membrane after a `zero` reset. */
    resetMembrane: number({ default: 0, help: 'membrane after a zero reset' }),
    /** True: the spike acts on the next step's membrane. False: on the membrane of its own step, after it fired. */
    resetDelay: flag({ default: resetDelay, help: 'the reset acts one step after the spike' }),
    /**
     * True: no derivative flows through the spike in the reset term. False: it flows through the surrogate there as
     * well.
     */
    resetDetached: flag({ default: resetDetached, help: 'no derivative flows through the reset' }),
  }
}

type Declared = ReturnType<typeof firingOptions>

/** {@link firingOptions} as a factory is given them. */
export type FiringOptions = OptionsOf<Declared>

/** {@link FiringOptions}, checked, with the reset rule found. */
export interface Firing {
  readonly threshold: number
  readonly reset: ResetRule
  readonly resetDelay: boolean
  readonly resetDetached: boolean
}

const rules: Record<ResetName, (resetMembrane: number) => ResetRule> = {
  subtract: () => subtractReset,
  zero: zeroReset,
  none: () => noReset,
}

/**
 * The reset rule of checked firing options.
 *
 * @param factory for messages
 * @throws INVALID_OPTION if `resetMembrane` is given for a reset that ignores it
 */
export function firing(
  factory: string,
  { threshold, reset, resetMembrane, resetDelay, resetDetached }: Filled<Declared>,
): Firing {
  if (typeof reset !== 'string') return { threshold, reset, resetDelay, resetDetached }
  if (resetMembrane !== 0 && reset !== 'zero') {
    throw new SpikewardError(
      'INVALID_OPTION',
      `${factory}: resetMembrane is ${resetMembrane} but reset is ${reset}, which would ignore it; set reset to 'zero' or leave resetMembrane out`,
    )
  }
  return { threshold, reset: rules[reset](resetMembrane), resetDelay, resetDetached }
}

/** One step of a spiking membrane: charged (before an immediate reset), after it, and its spikes. */
export interface Fired {
  readonly charged: Tensor
  readonly membrane: Tensor
  readonly spikes: Tensor
}

/**
 * Charge, fire and reset, in the order that `firing` states; c is the model's charge.
 *
 *     delayed:    R = H(u − θ),  u' = reset.delayed(u, R, θ, c),  s = H(u' − θ)
 *     immediate:  h = c(u),      s = H(h − θ),                    u' = reset.immediate(h, s, θ)
 *
 * A delayed reset finds the spike of the step before again from the membrane, which therefore is the whole state.
 * Detached, R or s carries no derivative in the reset term. `threshold` overrides the fixed one (a learned tensor).
 */
export function chargeFireReset(
  charge: (u: Tensor) => Tensor,
  membrane: Tensor,
  { threshold: fixed, reset, resetDelay, resetDetached }: Firing,
  spike: Spike,
  threshold: Constant = fixed,
): Fired {
  const stop = resetDetached ? stopGradient : (x: Tensor): Tensor => x
  if (resetDelay) {
    const before = spike(stop(sub(membrane, threshold)))
    const next = reset.delayed(membrane, before, threshold, charge)
    return { charged: next, membrane: next, spikes: spike(sub(next, threshold)) }
  }
  const charged = charge(membrane)
  const spikes = spike(sub(charged, threshold))
  return { charged, membrane: reset.immediate(charged, stop(spikes), threshold), spikes }
}
