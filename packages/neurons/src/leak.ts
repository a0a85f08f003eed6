import { type Filled, type OptionsOf, type Tensor, add, clip, exp, flag, mul, number, pow, sub } from '@spikeward/core'

/**
 * The options of a membrane that leaks.
 *
 * @param beta the default of β
 */
/* @__NO_SIDE_EFFECTS__ */
export function leakOptions({
  beta = 0.9,
  decayInput = false,
}: {
  readonly beta?: number
  readonly decayInput?: boolean
} = {}) {
  return {
    /**
     * Share of the membrane that is left after a step, β ∈ [0, 1]. β = 1 − dt/τ for Euler's step, exp(−dt/τ) for the
     * exact one.
     */
    beta: number({ min: 0, max: 1, default: beta, help: 'share of the membrane left after a step (β)' }),
    /** Membrane to which the leak leads, u₀. */
    restMembrane: number({ default: 0, help: 'membrane to which the leak leads (u₀)' }),
    /** True: the current is scaled by 1 − β, so that a constant current x leads to u₀ + x for any β. */
    decayInput: flag({ default: decayInput, help: 'scale the current by 1 − β' }),
  }
}

type Declared = ReturnType<typeof leakOptions>

/** {@link leakOptions} as a factory is given them. */
export type LeakOptions = OptionsOf<Declared>

/** {@link LeakOptions} with every default filled in. */
export type Leak = Filled<Declared>

/**
 * The charge of a leaky membrane: c(u) = βu + (1 − β)u₀ + κx, with κ = 1 − β where `decayInput`, else 1.
 * A learned β is clipped to [0, 1].
 *
 * @param elapsed Δt in steps: β^Δt takes the place of β. With `decayInput` the charge over Δt is then that of its parts
 *   under the same current, and without it that of a current at the end of the step
 */
export function leakyCharge(
  u: Tensor,
  x: Tensor,
  { restMembrane, decayInput }: Leak,
  coefficient: Constant,
  elapsed?: Tensor,
): Tensor {
  const beta = leakOver(typeof coefficient === 'number' ? coefficient : clip(coefficient, 0, 1), elapsed)
  const left = mul(beta, u)
  const settled = restMembrane === 0 ? left : add(left, scaled(complement(beta), restMembrane))
  return add(settled, decayInput ? mul(complement(beta), x) : x)
}

/** β^Δt. */
export function leakOver(beta: Constant, elapsed: Tensor | undefined): Constant {
  if (elapsed === undefined) return beta
  return typeof beta === 'number' ? exp(mul(elapsed, Math.log(beta))) : pow(beta, elapsed)
}

/** A coefficient of an equation: a number fixed by the factory, or a tensor (learned, one per neuron). */
export type Constant = Tensor | number

/** 1 − a; a number (in double precision) if `a` is one. */
const complement = (a: Constant): Constant => (typeof a === 'number' ? 1 - a : sub(1, a))

/** a·b; a number if `a` is one. */
export const scaled = (a: Constant, b: number): Constant => (typeof a === 'number' ? a * b : mul(a, b))
