import { SpikewardError, stopGradient, sub } from '@spikeward/core'
import type { Spike, Tensor } from '@spikeward/core'
import type { Constant } from './constant.js'
import { checkNumber } from './options.js'
import { noReset, subtractReset, zeroReset } from './reset.js'
import type { ResetRule } from './reset.js'

/** The reset rules by name. */
export type ResetName = 'subtract' | 'zero' | 'none'

/** What every spiking model has: its threshold and what happens after a spike. */
export interface FiringOptions {
  /** Membrane at which the neuron fires, θ > 0; 1 by default. Whether it fires exactly there is the spike's `atThreshold`. */
  readonly threshold?: number
  /** What a spike does to the membrane: take θ off, set it to `resetMembrane`, nothing, or a rule of your own. */
  readonly reset?: ResetName | ResetRule
  /** Membrane after a `zero` reset; 0 by default. */
  readonly resetMembrane?: number
  /** True: the spike acts on the next step's membrane. False: on the membrane of its own step, after it fired. */
  readonly resetDelay?: boolean
  /** True: no derivative flows through the spike in the reset term. False: it flows through the surrogate there as well. */
  readonly resetDetached?: boolean
}

/** Names of {@link FiringOptions}. */
export const firingNames = ['threshold', 'reset', 'resetMembrane', 'resetDelay', 'resetDetached'] as const

/** {@link FiringOptions} with every choice made. */
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

function ruleOf(factory: string, reset: ResetName | ResetRule, resetMembrane: number): ResetRule {
  if (typeof reset !== 'string') return reset
  if (!Object.hasOwn(rules, reset)) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `${factory}: reset is ${String(reset)}; the rules are ${Object.keys(rules).join(', ')}; pass one of them or a ResetRule`,
    )
  }
  if (resetMembrane !== 0 && reset !== 'zero') {
    throw new SpikewardError(
      'INVALID_OPTION',
      `${factory}: resetMembrane is ${resetMembrane} but reset is ${reset}, which would ignore it; set reset to 'zero' or leave resetMembrane out`,
    )
  }
  return rules[reset](resetMembrane)
}

/** Checks firing options and fills in the defaults: threshold 1, subtract, delayed, detached. */
export function firing(factory: string, options: FiringOptions): Firing {
  return {
    threshold: checkNumber(factory, 'threshold', options.threshold ?? 1, { min: 0, above: true }),
    reset: ruleOf(
      factory,
      options.reset ?? 'subtract',
      checkNumber(factory, 'resetMembrane', options.resetMembrane ?? 0),
    ),
    resetDelay: options.resetDelay ?? true,
    resetDetached: options.resetDetached ?? true,
  }
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
