import { full, less, maximum, minimum, mul, sub, treeLeaves, where } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'
import { checkNumber } from '../shared/options.js'

/** State of the Gauss–Newton estimators: the damping λ of the next step. */
export type DampedState = { readonly damping: Tensor }

/** How a Gauss–Newton step is damped. */
export type DampingOptions = {
  /** λ of the first step, relative to the curvature's own scale. */
  readonly damping?: number
  /** λ is multiplied by this where a step did not lower the loss, default 4. */
  readonly increase?: number
  /** And by this where it did, default 0.5. */
  readonly decrease?: number
  /** Whether a step is tried before it is taken, default true. False: λ stays, every step is taken, one evaluation is saved. */
  readonly adapt?: boolean
}

/** λ stays in here. */
const LEAST = 1e-7
const MOST = 1e4

/** What a factory makes of {@link DampingOptions}. */
export type Damping = {
  readonly init: (params: Tree) => DampedState
  /** Takes or leaves a step: the gradient −Δθ or zeros, and the next λ. */
  readonly decide: (
    value: Tensor,
    tensors: readonly Tensor[],
    step: readonly Tensor[],
    loss: (tensors: readonly Tensor[]) => Tensor,
    state: DampedState,
  ) => { grad: Tensor[]; state: DampedState; accepted: Tensor }
  /** Evaluations that a decision takes. */
  readonly cost: number
}

/**
 * Levenberg–Marquardt: θ − Δ is tried on the true loss. Where it is lower, the step stands and λ falls; else nothing moves and λ
 * grows. A loss that is not a number is not lower.
 *
 * @throws INVALID_OPTION
 */
export function damping(factory: string, options: DampingOptions, fallback: number): Damping {
  const first = checkNumber(factory, 'damping', options.damping ?? fallback, LEAST, MOST)
  const increase = checkNumber(factory, 'increase', options.increase ?? 4, 1)
  const decrease = checkNumber(factory, 'decrease', options.decrease ?? 0.5, 0, 1)
  const { adapt = true } = options
  return {
    init: (params) => ({ damping: full([], first, treeLeaves(params).some((t) => t.dtype === 'f64') ? 'f64' : 'f32') }),
    cost: adapt ? 1 : 0,
    decide(value, tensors, step, loss, state) {
      if (!adapt) return { grad: [...step], state, accepted: full([], 1) }
      const accepted = less(loss(tensors.map((t, i) => sub(t, step[i]!))), value)
      const next = where(
        accepted,
        maximum(mul(state.damping, decrease), LEAST),
        minimum(mul(state.damping, increase), MOST),
      )
      return {
        grad: step.map((s) => where(accepted, s, 0)),
        state: { damping: next },
        accepted: where(accepted, full([], 1), 0),
      }
    },
  }
}

/** Names of {@link DampingOptions}. */
export const dampingNames = ['damping', 'increase', 'decrease', 'adapt'] as const
