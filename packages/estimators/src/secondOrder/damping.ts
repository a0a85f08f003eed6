import { flag, full, less, maximum, minimum, mul, number, sub, treeLeaves, where } from '@spikeward/core'
import type { Filled, OptionsOf, Tensor, Tree } from '@spikeward/core'

/** State of the Gauss–Newton estimators: the damping λ of the next step. */
export type DampedState = { readonly damping: Tensor }

/** The range of λ. */
const MIN_DAMPING = 1e-7
const MAX_DAMPING = 1e4

/**
 * The options of the damping of a Gauss–Newton step.
 *
 * @param first the default of the first λ
 */
/* @__NO_SIDE_EFFECTS__ */
export function dampingOptions(first: number) {
  return {
    /** λ of the first step, relative to the curvature's own scale. */
    damping: number({ min: MIN_DAMPING, max: MAX_DAMPING, default: first, help: 'damping of the first step (λ)' }),
    /** Factor of λ after a step that did not lower the loss. */
    increase: number({ min: 1, default: 4, help: 'factor of the damping after a step that did not lower the loss' }),
    /** Factor of λ after a step that lowered the loss. */
    decrease: number({
      min: 0,
      max: 1,
      default: 0.5,
      help: 'factor of the damping after a step that lowered the loss',
    }),
    /**
     * Whether a step is tried before it is taken. If false, λ is constant, every step is taken, and one evaluation is
     * saved.
     */
    adapt: flag({ default: true, help: 'try a step on the loss before it is taken' }),
  }
}

type Declared = ReturnType<typeof dampingOptions>

/** Options of a damped step. */
export type DampingOptions = OptionsOf<Declared>

/** The damping of a step, as pure functions. */
export type Damping = {
  readonly init: (params: Tree) => DampedState
  /** Accepts or rejects a step: the step or zeros, and the next λ. */
  readonly decide: (
    value: Tensor,
    tensors: readonly Tensor[],
    step: readonly Tensor[],
    loss: (tensors: readonly Tensor[]) => Tensor,
    state: DampedState,
  ) => { grad: Tensor[]; state: DampedState; accepted: Tensor }
  /** The number of evaluations for a decision. */
  readonly cost: number
}

/**
 * Levenberg–Marquardt: evaluates the true loss at θ − Δ. If it is lower, the step is accepted and λ falls; otherwise
 * the step is zero and λ grows. NaN counts as not lower.
 *
 * @param least the smallest λ
 */
export function damping({ damping: first, increase, decrease, adapt }: Filled<Declared>, least = MIN_DAMPING): Damping {
  return {
    init: (params) => ({ damping: full([], first, treeLeaves(params).some((t) => t.dtype === 'f64') ? 'f64' : 'f32') }),
    cost: adapt ? 1 : 0,
    decide(value, tensors, step, loss, state) {
      if (!adapt) return { grad: [...step], state, accepted: full([], 1) }
      const accepted = less(loss(tensors.map((t, i) => sub(t, step[i]!))), value)
      const next = where(
        accepted,
        maximum(mul(state.damping, decrease), least),
        minimum(mul(state.damping, increase), MAX_DAMPING),
      )
      return {
        grad: step.map((s) => where(accepted, s, 0)),
        state: { damping: next },
        accepted: where(accepted, full([], 1), 0),
      }
    },
  }
}
