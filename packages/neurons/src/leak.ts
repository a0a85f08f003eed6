import { add, clip, mul } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { complement, scaled } from './constant.js'
import type { Constant } from './constant.js'
import { checkNumber } from './options.js'

/** How a membrane leaks. */
export interface LeakOptions {
  /** Share of the membrane that is left after a step, β ∈ [0, 1]; 0.9 by default. β = 1 − dt/τ for Euler's step, exp(−dt/τ) for the exact one. */
  readonly beta?: number
  /** Membrane to which the leak leads, u₀; 0 by default. */
  readonly restMembrane?: number
  /** True: the current is scaled by 1 − β, so that a constant current x leads to u₀ + x whatever β is. */
  readonly decayInput?: boolean
}

/** Names of {@link LeakOptions}. */
export const leakNames = ['beta', 'restMembrane', 'decayInput'] as const

/** {@link LeakOptions} with every choice made. */
export type Leak = Required<LeakOptions>

/** Checks leak options and fills in the defaults. */
export function leak(factory: string, options: LeakOptions): Leak {
  return {
    beta: checkNumber(factory, 'beta', options.beta ?? 0.9, { min: 0, max: 1 }),
    restMembrane: checkNumber(factory, 'restMembrane', options.restMembrane ?? 0),
    decayInput: options.decayInput ?? false,
  }
}

/**
 * The charge of a leaky membrane: c(u) = βu + (1 − β)u₀ + κx, with κ = 1 − β where `decayInput`, else 1.
 * A learned β is clipped to [0, 1].
 */
export function leakyCharge(u: Tensor, x: Tensor, { restMembrane, decayInput }: Leak, coefficient: Constant): Tensor {
  const beta = typeof coefficient === 'number' ? coefficient : clip(coefficient, 0, 1)
  const left = mul(beta, u)
  const settled = restMembrane === 0 ? left : add(left, scaled(complement(beta), restMembrane))
  return add(settled, decayInput ? mul(complement(beta), x) : x)
}
